import Testing

@testable import SRMUDP

@Suite struct StreamChurnTests {
    private var churn = StreamChurn()

    @Test("five seconds of more than two hundred resets are abuse, at the limit they are not")
    mutating func sustained() {
        let start = Instant(nanoseconds: 7)
        for second in 0..<60 { note(200, second: second, from: start) }
        #expect(churn.strikes == 0 && churn.pausedUntil == nil)

        for second in 60..<64 { note(201, second: second, from: start) }
        #expect(!churn.isAbuse)
        note(201, second: 64, from: start)
        #expect(churn.isAbuse)
    }

    @Test("one moment of any size is one strike, and strikes are forgiven after ten calm seconds")
    mutating func bursts() {
        let start = Instant(nanoseconds: 0)
        for burst in 0..<20 { note(16_384, second: burst * 11, from: start) }

        #expect(churn.strikes == 1)
        #expect(!churn.isAbuse)
    }

    @Test("credit is held up for two seconds after a strike")
    mutating func pause() {
        let start = Instant(nanoseconds: 0)
        note(300, second: 0, from: start)

        #expect(churn.pausedUntil == start + .seconds(2))
        let early = churn.endPause(now: start + .milliseconds(1_999))
        let due = churn.endPause(now: start + .seconds(2))
        let again = churn.endPause(now: start + .seconds(3))
        #expect(!early && due && !again)
    }

    private mutating func note(_ count: Int, second: Int, from start: Instant) {
        for _ in 0..<count { churn.note(now: start + .seconds(Int64(second))) }
    }
}
