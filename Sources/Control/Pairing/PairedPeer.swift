import SRMUDP

/// Who was paired with, and the key of the pair.
package struct PairedPeer {
    package let profile: PairingProfile
    /// 32 bytes, for the handshakes of all connections to come.
    package let preSharedKey: SecretBytes
    /// Three words that both sides show. They are equal if nobody stands between the two.
    package let checkPhrase: [String]

    init(profile: PairingProfile, preSharedKey: SecretBytes) {
        self.profile = profile
        self.preSharedKey = preSharedKey
        checkPhrase = WordList.phrase(of: preSharedKey)
    }

    package var publicKey: PublicKey { profile.publicKey }
}

extension PairedPeer: CustomStringConvertible, CustomReflectable {
    package var description: String { "peer \(publicKey)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// What an exchange wants done.
package enum PairingAction {
    /// A message for the other side.
    case send([UInt8], PairingRoute)
    /// Both sides have proved to know the code.
    case completed(PairedPeer)
    /// The exchange is over.
    case failed(PairingFailure)
}
