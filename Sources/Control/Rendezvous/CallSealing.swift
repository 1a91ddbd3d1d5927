import SRMUDP

/// Seals what the parties of a call tell each other, so that the server between them can neither
/// read nor alter it, nor use it in another call.
///
///     offset  size  field
///     0       12    nonce, random
///     12      n     AES-256-GCM of a `CandidatesMessage`
///     12+n    16    tag
///
/// The key is HKDF-Expand(secret of the pair, "p2pfwd call", 32); associated data are
/// `call 8 | caller key 32 | callee key 32 | direction 1`.
package struct CallSealing {
    /// Who speaks; one byte of the associated data.
    package enum Direction: UInt8, Sendable {
        case call = 0
        case answer = 1
    }

    private let key: SecretBytes
    private let names: [UInt8]

    /// - Parameter preSharedKey: what caller and callee share since they were paired, 32 bytes.
    package init(
        preSharedKey: SecretBytes, call: CallID, caller: PublicKey, callee: PublicKey
    ) {
        key = HKDF.expand(preSharedKey, label: "p2pfwd call")
        let number = (0..<8).map { UInt8(truncatingIfNeeded: call.value >> (56 - 8 * $0)) }
        names = number + caller.bytes + callee.bytes
    }

    /// At most 343 bytes.
    package func seal(
        _ message: CandidatesMessage, _ direction: Direction, random: any RandomSource
    ) -> [UInt8] {
        let nonce = random.bytes(count: AES256GCM.nonceLength)
        var cipher = AES256GCM(key: key)
        return nonce
            + cipher.seal(
                message.encoded, nonce: nonce, associatedData: names + [direction.rawValue])
    }

    /// Nil unless the other party sealed exactly this for this call and direction.
    package func open(_ sealed: [UInt8], _ direction: Direction) -> CandidatesMessage? {
        let nonceLength = AES256GCM.nonceLength
        guard sealed.count >= nonceLength + AES256GCM.tagLength else { return nil }
        var cipher = AES256GCM(key: key)
        let opened = cipher.open(
            [UInt8](sealed[nonceLength...]), nonce: [UInt8](sealed[..<nonceLength]),
            associatedData: names + [direction.rawValue])
        return opened.flatMap(CandidatesMessage.init(encoded:))
    }
}
