import SRMUDP
import Testing

@testable import Forwarding

@Suite struct DurationHistogramTests {
    private var histogram = DurationHistogram(bounds: [.milliseconds(10), .seconds(1)])

    @Test("a length belongs to the class whose end it is")
    mutating func classes() {
        for length: Interval in [.zero, .milliseconds(10), .milliseconds(11), .seconds(2)] {
            histogram.observe(length)
        }

        #expect(histogram.counts == [2, 1, 1])
        #expect(histogram.count == 4)
        #expect(abs(histogram.sum - 2.021) < 1e-9)
    }

    @Test("lengths that fit no interval together are no trouble")
    mutating func long() {
        for _ in 0..<4 { histogram.observe(Interval(nanoseconds: .max)) }

        #expect(histogram.counts == [0, 0, 4])
        #expect(histogram.sum > 3e10)
    }
}
