/// Addresses whose paths stopped answering while they carried the data.
///
/// Such a path, once it answers again, has to rest before it is preferred to a working one of a
/// lesser kind: 1 s after its first failure, then 4, 16 and 64 s. A path that comes and goes so
/// costs ever less; one that was good for five minutes begins anew.
struct PathSetbacks {
    private struct Entry {
        let address: SocketAddress
        var count: Int
        var last: Instant
    }

    static let memory: Interval = .seconds(300)
    private static let limit = 8
    private static let firstRest: Interval = .seconds(1)
    private static let growthLimit = 3

    private var entries: [Entry] = []

    mutating func note(_ address: SocketAddress, now: Instant) {
        entries.removeAll { now - $0.last >= Self.memory }
        if let index = entries.firstIndex(where: { $0.address == address }) {
            entries[index].count += 1
            entries[index].last = now
            return
        }
        if entries.count >= Self.limit { entries.removeFirst() }
        entries.append(Entry(address: address, count: 1, last: now))
    }

    /// Until when the path to `address` is not preferred; nil if it never failed.
    func restEnd(of address: SocketAddress) -> Instant? {
        guard let entry = entries.first(where: { $0.address == address }) else { return nil }
        let doublings = 2 * min(entry.count - 1, Self.growthLimit)
        return entry.last + Self.firstRest * (1 << Int64(doublings))
    }
}
