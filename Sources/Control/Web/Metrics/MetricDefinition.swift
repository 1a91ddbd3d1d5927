import Forwarding

/// What a metric is, as Prometheus is told it.
///
/// Names follow Prometheus' rules (https://prometheus.io/docs/practices/naming): what is counted has
/// `_total` at its end, before it stands the unit, and units are those without a prefix: seconds,
/// bytes. A name that breaks a rule is a mistake of the program and ends it.
struct MetricDefinition: Equatable {
    enum Kind: String {
        /// Only grows, but for a restart.
        case counter
        case gauge
        case histogram
    }

    let name: String
    let kind: Kind
    /// A sentence.
    let help: String
    /// The names of the labels, in the order in which samples give the values.
    let labels: [String]

    /// Units that are multiples or parts of those to be used.
    private static let foreignUnits: Set<Substring> = [
        "ms", "millis", "milliseconds", "us", "micros", "microseconds", "ns", "nanoseconds",
        "minutes", "hours", "days", "bits", "kilobytes", "kb", "megabytes", "mb", "kibibytes",
        "mebibytes", "percent", "permille",
    ]
    /// What a histogram's own samples end in.
    private static let histogramEnds = ["_bucket", "_sum", "_count"]

    init(_ name: String, _ kind: Kind, _ help: String, labels: [String] = []) {
        precondition(Self.isName(name, alsoColons: true), "'\(name)' is no name of a metric")
        precondition(
            name.hasSuffix("_total") == (kind == .counter), "'\(name)': counters end in _total")
        precondition(
            Self.foreignUnits.isDisjoint(with: name.split(separator: "_")),
            "'\(name)' is not in base units")
        precondition(
            !Self.histogramEnds.contains { name.hasSuffix($0) }, "'\(name)' looks like a part")
        precondition(!help.isEmpty, "'\(name)' is not explained")
        for label in labels {
            precondition(
                Self.isName(label, alsoColons: false) && !label.hasPrefix("__")
                    && label != "le" && label != "quantile", "'\(label)' is no name of a label")
        }
        precondition(Set(labels).count == labels.count, "'\(name)' has a label twice")
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
    }

    private static func isName(_ text: String, alsoColons: Bool) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39 ~= first) else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            case UInt8(ascii: ":"): alsoColons
            default: false
            }
        }
    }
}

/// One value of a metric.
struct MetricSample {
    enum Value {
        case count(UInt64)
        case real(Double)
        case histogram(DurationHistogram)
    }

    /// As many as the definition has names.
    let labels: [String]
    let value: Value

    init(_ labels: [String] = [], count: UInt64) {
        self.labels = labels
        value = .count(count)
    }

    init(_ labels: [String] = [], _ real: Double) {
        self.labels = labels
        value = .real(real)
    }

    init(_ labels: [String] = [], _ histogram: DurationHistogram) {
        self.labels = labels
        value = .histogram(histogram)
    }
}
