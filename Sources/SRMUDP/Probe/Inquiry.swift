/// Something that is found out by asking, and asking again.
///
/// It is a calculator: after any input drain `pollTransmit`, then read `nextTimeout`; at that time
/// drain `pollTransmit` again.
package protocol Inquiry {
    /// The next datagram to be sent now; nil if there is none.
    mutating func pollTransmit(now: Instant) -> (datagram: [UInt8], destination: SocketAddress)?
    /// Nil once it is over.
    var nextTimeout: Instant? { get }
    /// Takes a datagram that may be an answer; others are ignored.
    mutating func handle(_ datagram: [UInt8], from source: SocketAddress, now: Instant)
}

/// When a question is asked again: after 100, 200, 400 ms and so on, until an answer cannot be
/// expected any more.
struct Repetition {
    private static let firstGap: Interval = .milliseconds(100)

    private let limit: Int
    private let patience: Interval?
    private(set) var count = 0
    /// When to ask next, or to give up.
    private(set) var due: Instant

    /// - Parameters:
    ///   - limit: how often to ask, above zero.
    ///   - patience: how long to wait after the last time; twice the gap before it if nil.
    init(limit: Int = 5, patience: Interval? = nil, now: Instant) {
        precondition(limit > 0, "a question is asked")
        self.limit = limit
        self.patience = patience
        due = now
    }

    /// Whether the question is to be asked now; if so, it counts as asked.
    mutating func take(now: Instant) -> Bool {
        guard now >= due, count < limit else { return false }
        let gap = Self.firstGap * Int64(1 << count)
        count += 1
        due = now + (count == limit ? patience ?? gap : gap)
        return true
    }

    func isOver(now: Instant) -> Bool { count == limit && now >= due }
}
