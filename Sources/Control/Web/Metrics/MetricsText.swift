import Forwarding

/// Writes metrics in the text format of Prometheus, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats).
///
/// Each metric is written once, with all its samples. What the format does not allow is a mistake of
/// the program and ends it: a metric that is written twice, two samples with the same labels, a
/// number of label values that the definition does not have, a counter below zero.
struct MetricsText {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ""
    private var names: Set<String> = []

    mutating func write(_ definition: MetricDefinition, _ samples: [MetricSample]) {
        precondition(names.insert(definition.name).inserted, "'\(definition.name)' stands twice")
        text += "# HELP \(definition.name) \(Self.escaped(definition.help, quotes: false))\n"
        text += "# TYPE \(definition.name) \(definition.kind.rawValue)\n"
        var seen: Set<[String]> = []
        for sample in samples {
            precondition(
                sample.labels.count == definition.labels.count,
                "'\(definition.name)' has other labels")
            precondition(
                seen.insert(sample.labels).inserted,
                "'\(definition.name)' has \(sample.labels) twice")
            write(sample, of: definition)
        }
    }

    mutating func write(_ definition: MetricDefinition, _ sample: MetricSample) {
        write(definition, [sample])
    }

    private mutating func write(_ sample: MetricSample, of definition: MetricDefinition) {
        let labels = zip(definition.labels, sample.labels).map {
            "\($0)=\"\(Self.escaped($1, quotes: true))\""
        }
        switch (definition.kind, sample.value) {
        case (.counter, .count(let count)), (.gauge, .count(let count)):
            line(definition.name, labels, "\(count)")
        case (.counter, .real(let real)):
            precondition(real >= 0, "'\(definition.name)' does not fall")
            line(definition.name, labels, Self.number(real))
        case (.gauge, .real(let real)): line(definition.name, labels, Self.number(real))
        case (.histogram, .histogram(let histogram)): write(histogram, definition.name, labels)
        case (.counter, .histogram), (.gauge, .histogram), (.histogram, .count),
            (.histogram, .real):
            preconditionFailure("'\(definition.name)' is a \(definition.kind.rawValue)")
        }
    }

    /// Each class with all that are below it, as the format wants them.
    private mutating func write(
        _ histogram: DurationHistogram, _ name: String, _ labels: [String]
    ) {
        var total: UInt64 = 0
        for (bound, count) in zip(histogram.bounds, histogram.counts) {
            total += count
            line("\(name)_bucket", labels + ["le=\"\(Self.number(bound.seconds))\""], "\(total)")
        }
        line("\(name)_bucket", labels + ["le=\"+Inf\""], "\(histogram.count)")
        line("\(name)_sum", labels, Self.number(histogram.sum))
        line("\(name)_count", labels, "\(histogram.count)")
    }

    private mutating func line(_ name: String, _ labels: [String], _ value: String) {
        text += labels.isEmpty ? name : "\(name){\(labels.joined(separator: ","))}"
        text += " \(value)\n"
    }

    /// - Parameter quotes: whether the text stands in quotation marks.
    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private static func number(_ real: Double) -> String {
        if real.isNaN { return "NaN" }
        if real.isInfinite { return real < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: real), abs(real) < 1e15 { return "\(whole)" }
        return "\(real)"
    }
}
