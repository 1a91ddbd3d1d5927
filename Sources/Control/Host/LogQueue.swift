import SRMUDP
import Synchronization

/// Carries what loggers are given to the event loop's thread, which passes it on.
///
/// Loggers may be used from any thread, while the clients of a node are served by one.
final class LogQueue: Sendable {
    struct Line: Sendable {
        let level: Logger.Level
        /// The name of the group that has something to say; empty for the node itself.
        let group: String
        let text: String
    }

    /// Lines that may wait for one turn of the loop; what comes beyond is only counted.
    private static let limit = 4_096

    private struct Content {
        var lines: [Line] = []
        var dropped = 0
    }

    private let content = Mutex(Content())

    /// A logger for a group, or with an empty name for the node.
    func logger(for group: String, level: Logger.Level) -> Logger {
        Logger(label: "", level: level) { [self] in append(Line(level: $0, group: group, text: $1))
        }
    }

    /// A logger that says what `logger` would, later.
    func logger(below logger: Logger) -> Logger {
        Logger(label: "", threshold: logger.threshold) { [self] in
            append(Line(level: $0, group: "", text: $1))
        }
    }

    func append(_ line: Line) {
        content.withLock { content in
            guard content.lines.count < Self.limit else {
                content.dropped += 1
                return
            }
            content.lines.append(line)
        }
    }

    /// All lines since the last call.
    func take() -> [Line] {
        content.withLock { content in
            var lines = content.lines
            if content.dropped > 0 {
                lines.append(
                    Line(
                        level: .warning, group: "",
                        text: "\(content.dropped) lines of this log were dropped"))
            }
            content = Content()
            return lines
        }
    }
}
