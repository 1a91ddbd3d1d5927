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
    private var recent: [(topic: NodeEvent.Topic, json: JSONValue)] = []
    /// Where the next event goes once there are as many as are kept.
    private var next = 0
    private var readers: [Subscription: Reader] = [:]
    private var lastNumber = 0

    init(clock: @escaping () -> UnixTime) { self.clock = clock }

    func tell(_ event: NodeEvent) {
        let json = event.json(at: clock())
        switch event.topic {
        case .log, .status: break
        case .node, .session, .path, .server, .forward, .flow, .pair:
            keep(event.topic, json)
        }
        for reader in readers.values where reader.topics.contains(event.topic) {
            reader.tell(json)
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

    /// Whether anybody wants to hear of `topic`.
    func hasReaders(of topic: NodeEvent.Topic) -> Bool {
        readers.values.contains { $0.topics.contains(topic) }
    }

    /// The events that are kept, the oldest first.
    func events(of topics: Set<NodeEvent.Topic>) -> [JSONValue] {
        (recent[next...] + recent[..<next]).filter { topics.contains($0.topic) }.map(\.json)
    }

    private func keep(_ topic: NodeEvent.Topic, _ json: JSONValue) {
        guard recent.count == Self.limit else { return recent.append((topic, json)) }
        recent[next] = (topic, json)
        next = (next + 1) % Self.limit
    }
}
