import SRMUDP

/// How messages are written to standard error.
package enum LogFormat: String, CaseIterable, Sendable {
    /// For people.
    case text
    /// An object on each line.
    case json
}

/// One message, as it is written.
struct LogLine {
    let level: Logger.Level
    /// Without the program's name in front.
    let text: String
    var hint: String?

    /// For a terminal, or a file where `stamp` gives time and process.
    func plain(stamp: String? = nil) -> String {
        let mark = level > .info ? "[\(level)] " : ""
        let line = "p2pfwd: \(mark)\(Self.printable(text))"
        return (stamp.map { "\($0) \(line)" } ?? line)
            + (hint.map { "\nhint: \(Self.printable($0))" } ?? "")
    }

    /// For the journal, which has time, process and name itself and wants the priority in front of
    /// each line (sd-daemon(3)).
    var journal: String {
        let hint = hint.map { "\n\(prefix)hint: \(Self.printable($0))" } ?? ""
        return "\(prefix)\(Self.printable(text))\(hint)"
    }

    func json(time: UnixTime, process: Int32) -> String {
        var members: [JSONValue.Member] = [
            ("time", .string("\(time)")), ("level", .string("\(level)")),
            ("pid", .number(Int64(process))), ("text", .string(text)),
        ]
        if let hint { members.append(("hint", .string(hint))) }
        return JSONValue.object(members).text
    }

    /// Priorities of syslog (RFC 5424, section 6.2.1).
    private var prefix: String {
        switch level {
        case .error: "<3>"
        case .warning: "<4>"
        case .info: "<6>"
        case .debug, .trace: "<7>"
        }
    }

    /// A message is one line, and moves no cursor, whatever names and reasons of others are in it.
    private static func printable(_ text: String) -> String {
        let isControl = { (scalar: Unicode.Scalar) in
            scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
        }
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { shown.append(isControl(scalar) ? " " : scalar) }
        return String(shown)
    }
}

/// Whether standard error is the journal of systemd.
struct JournalStream {
    let device: UInt64
    let inode: UInt64

    /// Reads `JOURNAL_STREAM`: `8:1234`.
    init?(_ text: String?) {
        let parts = (text ?? "").split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let device = UInt64(parts[0]), let inode = UInt64(parts[1]) else {
            return nil
        }
        self.device = device
        self.inode = inode
    }
}
