/// The INITIATIONs that are to leave, and the openers before them, each with its time.
///
/// The first few go at once. If there are many they are spread out: a burst to a dozen addresses
/// looks like a scan, and small routers drop part of it.
struct InitiationQueue {
    struct Entry: Equatable {
        let address: SocketAddress
        /// Of an opener; nil for an INITIATION.
        let hopLimit: UInt8?
        let due: Instant
    }

    private static let burst = 4
    private static let pace: Interval = .milliseconds(10)

    private var entries: [Entry] = []

    /// When the first one leaves.
    var deadline: Instant { entries.first?.due ?? .distantFuture }
    var isEmpty: Bool { entries.isEmpty }

    /// Replaces what waits for these addresses by an INITIATION to each.
    ///
    /// - Parameters:
    ///   - opened: the addresses that openers are to go to before.
    ///   - hasPeerJoined: whether the peer is known to have sent its own.
    mutating func schedule(
        _ addresses: [SocketAddress], openers: Openers?, opened: [SocketAddress],
        hasPeerJoined: Bool, now: Instant
    ) {
        let delay = openers?.delay(hasPeerJoined: hasPeerJoined) ?? .zero
        let opened = openers?.schedule(for: opened, delay: delay, now: now) ?? []
        entries.removeAll { addresses.contains($0.address) }
        entries += opened.map { Entry(address: $0.address, hopLimit: $0.hopLimit, due: $0.due) }
        for (index, address) in addresses.enumerated() {
            let pace = Self.pace * Int64(max(0, index - Self.burst + 1))
            let opener = opened.first { $0.address == address }
            let start = opener.map { $0.due + delay + (openers?.wait ?? .zero) } ?? now
            entries.append(Entry(address: address, hopLimit: nil, due: max(start, now + pace)))
        }
        entries = entries.enumerated()
            .sorted { ($0.element.due, $0.offset) < ($1.element.due, $1.offset) }.map(\.element)
    }

    /// When the last one leaves.
    var end: Instant? { entries.last?.due }

    var hasOpeners: Bool { entries.contains { $0.hopLimit != nil } }

    /// When an INITIATION leaves for this address.
    func due(to address: SocketAddress) -> Instant? {
        entries.first { $0.address == address && $0.hopLimit == nil }?.due
    }

    func contains(_ address: SocketAddress) -> Bool {
        entries.contains { $0.address == address }
    }

    mutating func remove(_ address: SocketAddress) {
        entries.removeAll { $0.address == address }
    }

    mutating func removeAll() { entries = [] }

    mutating func popDue(at now: Instant) -> Entry? {
        guard let first = entries.first, first.due <= now else { return nil }
        return entries.removeFirst()
    }
}
