/// A handshake pattern of the Noise framework (revision 34, sections 7.5 and 9.4).
struct NoisePattern {
    enum Token {
        /// The sender's ephemeral key.
        case e
        /// The sender's static key.
        case s
        case ee, es, se, ss
        /// The pre-shared key.
        case psk
    }

    let name: String
    /// Whether the initiator knows the responder's static key beforehand.
    let knowsResponder: Bool
    /// The tokens of each message; the initiator sends the first.
    let messages: [[Token]]

    var usesPreSharedKey: Bool { messages.contains { $0.contains(.psk) } }

    /// The name that the transcript begins with; all of ours use the same primitives.
    var protocolName: [UInt8] { [UInt8]("Noise_\(name)_25519_AESGCM_SHA256".utf8) }

    static let nn = NoisePattern(
        name: "NN", knowsResponder: false, messages: [[.e], [.e, .ee]])
    static let nnpsk0 = NoisePattern(
        name: "NNpsk0", knowsResponder: false, messages: [[.psk, .e], [.e, .ee]])
    static let ik = NoisePattern(
        name: "IK", knowsResponder: true, messages: [[.e, .es, .s, .ss], [.e, .ee, .se]])
    static let ikpsk2 = NoisePattern(
        name: "IKpsk2", knowsResponder: true,
        messages: [[.e, .es, .s, .ss], [.e, .ee, .se, .psk]])
}

/// Why a handshake message was not accepted.
enum NoiseError: Error, Equatable {
    /// The message ends too early.
    case truncated
    /// Somebody else wrote the message, or somebody changed it.
    case notAuthentic
    /// A public key of low order, or a key that our side should have and has not.
    case invalidKey
}
