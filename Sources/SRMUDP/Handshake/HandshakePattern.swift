/// What the two sides know of each other before the handshake; its number on the wire.
package enum HandshakePattern: UInt8, Sendable {
    /// The initiator knows the responder's static key, and both know a pre-shared key:
    /// `Noise_IKpsk2_25519_AESGCM_SHA256`.
    case ikpsk2 = 0
    /// Both know a pre-shared key and nothing else: `Noise_NNpsk0_25519_AESGCM_SHA256`.
    case nnpsk0 = 1

    var noise: NoisePattern {
        switch self {
        case .ikpsk2: .ikpsk2
        case .nnpsk0: .nnpsk0
        }
    }
}
