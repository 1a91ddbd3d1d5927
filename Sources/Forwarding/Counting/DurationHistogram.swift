import SRMUDP

/// How many lengths of time fell into each of some classes, and their sum.
package struct DurationHistogram: Equatable, Sendable {
    /// The upper ends of the classes, which belong to them, in order. Above the last one there is one
    /// more class.
    package let bounds: [Interval]
    /// What each class has, one more than `bounds` says.
    package private(set) var counts: [UInt64]
    /// All lengths together, in seconds. Those of many long flows do not fit into an `Interval`.
    package private(set) var sum: Double = 0

    /// - Precondition: `bounds` rise and are not empty.
    package init(bounds: [Interval]) {
        precondition(!bounds.isEmpty, "a histogram has classes")
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds rise")
        self.bounds = bounds
        counts = [UInt64](repeating: 0, count: bounds.count + 1)
    }

    package var count: UInt64 { counts.reduce(0, +) }

    package mutating func observe(_ interval: Interval) {
        counts[bounds.firstIndex { interval <= $0 } ?? bounds.count] += 1
        sum += interval.seconds
    }
}
