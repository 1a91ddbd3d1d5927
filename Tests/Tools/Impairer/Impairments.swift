import ToolSupport

/// What one direction of the emulated link does to its packets.
///
/// Every value has one name, the same as option and as command on standard input. Times are given
/// in milliseconds, the rate in Mbit/s, probabilities as numbers from 0 to 1.
struct Impairments {
    /// Bits per nanosecond; zero is unlimited.
    private(set) var rate = 0.0
    /// Time on the line after a packet has left the queue.
    private(set) var delayNanoseconds: Int64 = 0
    /// A random part of up to this much is added to the delay, without reordering.
    private(set) var jitterNanoseconds: Int64 = 0
    /// A packet that would wait longer than this for the line is dropped (tail drop).
    private(set) var queueNanoseconds: Int64 = .max
    /// The same limit in bytes, for queues that do not shrink with the rate.
    private(set) var queueBytes = Int.max
    private(set) var loss = 0.0
    /// Probability that a packet begins a burst of `burstLength` lost packets.
    private(set) var burstLoss = 0.0
    private(set) var burstLength = 10
    /// Probability that a packet is held back by `reorderDelayNanoseconds`.
    private(set) var reorder = 0.0
    private(set) var reorderDelayNanoseconds: Int64 = 10_000_000
    private(set) var duplicate = 0.0
    /// Probability that one bit of the payload is flipped.
    private(set) var corrupt = 0.0
    /// Probability that the end of the payload is cut off.
    private(set) var truncate = 0.0
    /// Longer IP packets vanish without a word.
    private(set) var mtu = Int.max

    static let names = [
        "rate", "delay-ms", "jitter-ms", "queue-ms", "queue-bytes", "loss", "burst-loss",
        "burst-length", "reorder", "reorder-ms", "duplicate", "corrupt", "truncate", "mtu",
    ]

    /// - Throws: `UsageError` for an unknown name or a value that is no number or out of range.
    mutating func set(_ name: String, to text: String) throws(UsageError) {
        guard let value = Double(text), value.isFinite, value >= 0, value < 1e12 else {
            throw UsageError("\(name): \(text) is no number from zero up")
        }
        switch name {
        case "rate": rate = value / 1000
        case "delay-ms": delayNanoseconds = Self.nanoseconds(value)
        case "jitter-ms": jitterNanoseconds = Self.nanoseconds(value)
        case "queue-ms": queueNanoseconds = value == 0 ? .max : Self.nanoseconds(value)
        case "queue-bytes": queueBytes = value == 0 ? .max : Int(value)
        case "loss": loss = try Self.probability(name, value)
        case "burst-loss": burstLoss = try Self.probability(name, value)
        case "burst-length": burstLength = Int(value)
        case "reorder": reorder = try Self.probability(name, value)
        case "reorder-ms": reorderDelayNanoseconds = Self.nanoseconds(value)
        case "duplicate": duplicate = try Self.probability(name, value)
        case "corrupt": corrupt = try Self.probability(name, value)
        case "truncate": truncate = try Self.probability(name, value)
        case "mtu": mtu = value == 0 ? .max : Int(value)
        default: throw UsageError("unknown impairment \(name)")
        }
    }

    private static func nanoseconds(_ milliseconds: Double) -> Int64 {
        Int64(milliseconds * 1_000_000)
    }

    private static func probability(_ name: String, _ value: Double) throws(UsageError) -> Double {
        guard value <= 1 else { throw UsageError("\(name): \(value) is no probability") }
        return value
    }
}
