/// A length of time in nanoseconds.
///
/// The standard `Duration` is 128 bits wide and pays a wide division for each conversion. Timers,
/// pacing and round-trip arithmetic run several times per packet, so the core counts in 64 bits:
/// enough for 292 years.
package struct Interval: Comparable, Hashable, Sendable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package static let zero = Interval(nanoseconds: 0)

    package static func nanoseconds(_ count: Int64) -> Interval { Interval(nanoseconds: count) }
    package static func microseconds(_ count: Int64) -> Interval {
        Interval(nanoseconds: count * 1_000)
    }
    package static func milliseconds(_ count: Int64) -> Interval {
        Interval(nanoseconds: count * 1_000_000)
    }
    package static func seconds(_ count: Int64) -> Interval {
        Interval(nanoseconds: count * 1_000_000_000)
    }

    package var seconds: Double { Double(nanoseconds) / 1_000_000_000 }
    package var milliseconds: Double { Double(nanoseconds) / 1_000_000 }

    package static func < (left: Interval, right: Interval) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    package static func + (left: Interval, right: Interval) -> Interval {
        Interval(nanoseconds: left.nanoseconds + right.nanoseconds)
    }

    package static func - (left: Interval, right: Interval) -> Interval {
        Interval(nanoseconds: left.nanoseconds - right.nanoseconds)
    }

    package static func * (interval: Interval, factor: Int64) -> Interval {
        Interval(nanoseconds: interval.nanoseconds * factor)
    }

    // A literal factor should mean the whole-number product.
    @_disfavoredOverload
    package static func * (interval: Interval, factor: Double) -> Interval {
        Interval(nanoseconds: Int64(Double(interval.nanoseconds) * factor))
    }

    package static func / (interval: Interval, divisor: Int64) -> Interval {
        Interval(nanoseconds: interval.nanoseconds / divisor)
    }
}

extension Interval: CustomStringConvertible {
    /// Milliseconds with as many digits as mean something.
    package var description: String {
        let microseconds = nanoseconds / 1000
        if microseconds >= 10_000 { return "\(microseconds / 1000) ms" }
        let hundredths = microseconds % 1000 / 10
        return "\(microseconds / 1000).\(hundredths < 10 ? "0" : "")\(hundredths) ms"
    }
}
