import SRMUDP
import Testing

@testable import Forwarding

@Suite struct RepetitionFilterTests {
    private let start = Instant(nanoseconds: 0)

    @Test("equal lines are shown once per interval, with the number of those dropped")
    func repetition() {
        var filter = RepetitionFilter(interval: .seconds(10))

        #expect(filter.admit("a", now: start) == "a")
        #expect(filter.admit("a", now: start + .seconds(1)) == nil)
        #expect(filter.admit("b", now: start + .seconds(1)) == "b")
        #expect(filter.admit("a", now: start + .seconds(9)) == nil)
        #expect(filter.admit("a", now: start + .seconds(10)) == "a (and 2 more times)")
        #expect(filter.admit("a", now: start + .seconds(20)) == "a")
    }

    @Test("many different lines do not pile up")
    func capacity() {
        var filter = RepetitionFilter(interval: .seconds(10), capacity: 4)
        for number in 0..<100 {
            #expect(filter.admit("line \(number)", now: start) == "line \(number)")
        }
        #expect(filter.rememberedLines <= 4)
    }
}
