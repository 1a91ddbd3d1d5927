/// Notices a peer that opens streams only to reset them, which costs it next to nothing and us a
/// dial each time.
///
/// Counted are streams of the peer that it resets before we have sent anything on them. Honest peers
/// do so as well, and many at once when a program ends; but not hundreds a second for seconds.
struct StreamChurn {
    /// More in a second is a strike ...
    static let limit = 200
    /// ... of which this many end the connection, ...
    static let strikeLimit = 5
    /// ... unless it kept within the limit for so long.
    static let forgiveness: Interval = .seconds(10)
    /// How long a strike holds up what the peer may open next.
    static let pause: Interval = .seconds(2)

    private static let second: Interval = .seconds(1)

    private var secondStart = Instant(nanoseconds: 0)
    private var count = 0
    private(set) var strikes = 0
    private var lastStrike = Instant(nanoseconds: 0)

    /// Until when the peer gets no credit for new streams; nil for at once.
    private(set) var pausedUntil: Instant?

    var isAbuse: Bool { strikes >= Self.strikeLimit }

    /// The peer reset a stream that it had opened to no purpose.
    mutating func note(now: Instant) {
        if now - secondStart >= Self.second {
            secondStart = now
            count = 0
        }
        count += 1
        // One strike a second, however many there are.
        guard count == Self.limit + 1 else { return }
        if now - lastStrike > Self.forgiveness { strikes = 0 }
        strikes += 1
        lastStrike = now
        pausedUntil = now + Self.pause
    }

    /// - Returns: whether a pause is over, and credit is due that was withheld.
    mutating func endPause(now: Instant) -> Bool {
        guard let pausedUntil, pausedUntil <= now else { return false }
        self.pausedUntil = nil
        return true
    }
}
