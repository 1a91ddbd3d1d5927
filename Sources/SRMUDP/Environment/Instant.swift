/// A point in time: nanoseconds since an arbitrary start.
///
/// The core never asks for the time. It is given `now` by its caller, who takes it once per turn of
/// the event loop from CLOCK_BOOTTIME (so that sleep counts) or from a simulated clock.
package struct Instant: Comparable, Hashable, Sendable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Later than every instant that a clock will ever show; stands for "no deadline" in minima.
    package static let distantFuture = Instant(nanoseconds: .max)

    package static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    package static func + (instant: Instant, interval: Interval) -> Instant {
        Instant(nanoseconds: instant.nanoseconds + interval.nanoseconds)
    }

    package static func - (instant: Instant, interval: Interval) -> Instant {
        Instant(nanoseconds: instant.nanoseconds - interval.nanoseconds)
    }

    package static func - (later: Instant, earlier: Instant) -> Interval {
        Interval(nanoseconds: later.nanoseconds - earlier.nanoseconds)
    }

    package static func += (instant: inout Instant, interval: Interval) {
        instant.nanoseconds += interval.nanoseconds
    }
}
