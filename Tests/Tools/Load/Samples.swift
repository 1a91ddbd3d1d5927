import ToolSupport

/// Measured times in nanoseconds and their percentiles.
struct Samples {
    private var values: [Int64] = []

    init(capacity: Int) { values.reserveCapacity(capacity) }

    var count: Int { values.count }

    mutating func add(_ nanoseconds: Int64) { values.append(nanoseconds) }

    /// Adds count, p50, p90, p99 and the greatest, in microseconds.
    func report(into line: inout JSONLine) {
        let sorted = values.sorted()
        line.add("count", sorted.count)
        for (name, part) in [("p50_us", 0.5), ("p90_us", 0.9), ("p99_us", 0.99), ("max_us", 1.0)] {
            let index = min(Int(Double(sorted.count) * part), sorted.count - 1)
            line.add(name, sorted.isEmpty ? .nan : Double(sorted[index]) / 1000, digits: 1)
        }
    }
}
