/// Remembers answers, so that a repeated INITIATION gets the same bytes again and costs no agreement.
///
/// Repetitions differ at most in mac2; everything before it is the key. Ask after the guard, before
/// `ResponderHandshake.open`. Holds the latest 64 answers.
package struct ResponseCache {
    package static let capacity = 64

    private var entries: [Entry] = []

    package init() {}

    /// The RESPONSE that `initiation` (1200 bytes) got before.
    package func response(to initiation: [UInt8]) -> [UInt8]? {
        let digest = Self.digest(initiation)
        return entries.first { $0.digest == digest }?.response
    }

    package mutating func remember(
        _ response: [UInt8], to initiation: [UInt8], localConnectionID: ConnectionID
    ) {
        if entries.count == Self.capacity { entries.removeFirst() }
        entries.append(
            Entry(
                digest: Self.digest(initiation), response: response,
                localConnectionID: localConnectionID))
    }

    /// Call when the keys behind an answer are gone: the answer would lead nowhere.
    package mutating func forget(_ localConnectionID: ConnectionID) {
        entries.removeAll { $0.localConnectionID == localConnectionID }
    }

    private static func digest(_ initiation: [UInt8]) -> [UInt8] {
        SHA256.digest([UInt8](initiation.prefix(HandshakeFormat.mac1Offset)))
    }
}

private struct Entry {
    let digest: [UInt8]
    let response: [UInt8]
    let localConnectionID: ConnectionID
}
