import SRMUDP

/// Remembers what happened lately and tells it to whoever wants to know.
final class EventJournal {
    /// Names a subscription.
    struct Subscription: Hashable {
        fileprivate let number: Int
    }

    private struct Reader {
        let topics: Set<NodeEvent.Topic>
        let tell: (JSONValue) -> Void
    }

    private static let limit = 2_000

    private let clock: () -> UnixTime
    private var recent: [(event: NodeEvent, time: UnixTime)] = []
    /// Where the next event goes once there are as many as are kept.
    private var next = 0
    private var readers: [Subscription: Reader] = [:]
    private var lastNumber = 0

    init(clock: @escaping () -> UnixTime) { self.clock = clock }

    func tell(_ event: NodeEvent) {
        let time = clock()
        switch event.topic {
        case .log, .status: break
        case .node, .session, .path, .server, .forward, .flow, .pair: keep(event, time)
        }
        for reader in readers.values where reader.topics.contains(event.topic) {
            reader.tell(event.json(at: time))
        }
    }

    func subscribe(
        to topics: Set<NodeEvent.Topic>, tell: @escaping (JSONValue) -> Void
    ) -> Subscription {
        lastNumber += 1
        let subscription = Subscription(number: lastNumber)
        readers[subscription] = Reader(topics: topics, tell: tell)
        return subscription
    }

    func unsubscribe(_ subscription: Subscription) { readers[subscription] = nil }

    /// The events that are kept, the oldest first.
    func events(of topics: Set<NodeEvent.Topic>) -> [JSONValue] {
        (recent[next...] + recent[..<next]).filter { topics.contains($0.event.topic) }
            .map { $0.event.json(at: $0.time) }
    }

    /// Nothing is made of it until somebody asks: every flow is an event.
    private func keep(_ event: NodeEvent, _ time: UnixTime) {
        guard recent.count == Self.limit else { return recent.append((event, time)) }
        recent[next] = (event, time)
        next = (next + 1) % Self.limit
    }
}
