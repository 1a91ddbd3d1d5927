/// Takes datagrams that are not SRMUDP's own: relayed ones, probes, requests for keys and their
/// answers.
package protocol DatagramHandler: AnyObject {
    /// Takes a run of datagrams of one kind, which is their first byte, from one source.
    ///
    /// None of them is empty. Their bytes may be changed in place, and stay until `finish`.
    func handle(
        _ datagrams: ReceivedDatagrams, in storage: inout ByteStorage,
        carrier: any DatagramCarrier, now: Instant)

    /// Sends what is to be sent from `storage`, before other datagrams take its place.
    func finish(_ storage: borrowing ByteStorage, carrier: any DatagramCarrier, now: Instant)
}

extension DatagramHandler {
    package func finish(
        _ storage: borrowing ByteStorage, carrier: any DatagramCarrier, now: Instant
    ) {}
}

/// Who takes the datagrams of which kind.
struct DatagramHandlers {
    /// The lowest kind that may have a handler.
    static let lowestKind = DatagramKind.probe
    private static let kinds: Set = [
        DatagramKind.probe, DatagramKind.probeAnswer, DatagramKind.relayed,
        DatagramKind.keyRequest, DatagramKind.keyAnswer,
    ]

    private var entries: [(any DatagramHandler)?] = Array(repeating: nil, count: 16)
    /// Whether one of them got something since `finish`.
    private(set) var areBusy = false

    /// Nil for kinds that are the endpoint's, and where there is no handler.
    subscript(kind: UInt8) -> (any DatagramHandler)? {
        get { kind < Self.lowestKind ? nil : entries[Int(kind & 15)] }
        set {
            precondition(Self.kinds.contains(kind), "this kind of datagram is the endpoint's")
            entries[Int(kind & 15)] = newValue
        }
    }

    /// The handler of this kind, which now counts as busy.
    mutating func begin(_ kind: UInt8) -> (any DatagramHandler)? {
        guard let handler = self[kind] else { return nil }
        areBusy = true
        return handler
    }

    /// All of them, which now count as idle.
    mutating func end() -> [(any DatagramHandler)?] {
        areBusy = false
        return entries
    }

    mutating func removeAll() { entries = Array(repeating: nil, count: 16) }
}
