/// Writes one-line messages to a sink chosen at construction.
///
/// Passed down by value; a message that is below `level` is never built. Keys, codes and payload
/// must not appear in messages: the types that hold them describe themselves as `<redacted>`.
package struct Logger: Sendable {
    package enum Level: Int, Comparable, Sendable, CaseIterable {
        /// The user must act.
        case error
        /// Something went wrong and was recovered from.
        case warning
        /// A session or a forward appeared or vanished.
        case info
        /// State transitions.
        case debug
        /// Single packets.
        case trace

        package static func < (left: Level, right: Level) -> Bool {
            left.rawValue < right.rawValue
        }
    }

    package let label: String
    /// What is said and what not; all loggers that were made of one another have the same one.
    package let threshold: LogThreshold
    private let sink: @Sendable (Level, String) -> Void

    package init(
        label: String, level: Level, sink: @escaping @Sendable (Level, String) -> Void
    ) {
        self.init(label: label, threshold: LogThreshold(level), sink: sink)
    }

    /// - Parameter threshold: may change while the logger is in use.
    package init(
        label: String, threshold: LogThreshold,
        sink: @escaping @Sendable (Level, String) -> Void
    ) {
        self.label = label
        self.threshold = threshold
        self.sink = sink
    }

    package var level: Level { threshold.level }

    /// A logger that drops everything.
    package static let silent = Logger(label: "", level: .error) { _, _ in }

    /// The same sink and threshold under another label.
    package func labelled(_ label: String) -> Logger {
        Logger(label: label, threshold: threshold, sink: sink)
    }

    package func error(_ message: @autoclosure () -> String) { log(.error, message) }
    package func warning(_ message: @autoclosure () -> String) { log(.warning, message) }
    package func info(_ message: @autoclosure () -> String) { log(.info, message) }
    package func debug(_ message: @autoclosure () -> String) { log(.debug, message) }
    package func trace(_ message: @autoclosure () -> String) { log(.trace, message) }

    /// Writes a message that came from another logger.
    package func log(_ message: String, at messageLevel: Level) { log(messageLevel) { message } }

    private func log(_ messageLevel: Level, _ message: () -> String) {
        guard messageLevel <= level else { return }
        sink(messageLevel, label.isEmpty ? message() : "\(label): \(message())")
    }
}
