internal import Glibc
import SRMUDP

package struct ReportOptions: Equatable {
    /// Nil: standard output.
    package var file: String?
    /// Whether netcheck is left out.
    package var isQuick = false
    package var hidesAddresses = false
    package var meeting = MeetingSettings()
}

/// `p2pfwd report`: one text for whoever looks into a problem, without secrets.
///
/// It is made of what is told anyway. Of the home's files only the log is read, and of the others
/// the names, sizes and rights. All of it goes through `ReportRedaction`.
package struct ReportCommand {
    private static let logLines = 500
    private static let logBytes = 262_144
    private static let patience: Interval = .seconds(5)

    private let options: ReportOptions
    private let context: CommandContext
    /// Shows what is configured.
    private let configuration: ConfigurationCommand

    package init(
        options: ReportOptions, context: CommandContext, configuration: ConfigurationCommand
    ) {
        self.options = options
        self.context = context
        self.configuration = configuration
    }

    package func run(logger: Logger) throws(CommandError) -> ExitCode {
        let home = getenv("HOME").map { String(cString: $0) }
        var redaction = ReportRedaction(hidesAddresses: options.hidesAddresses, homeFolder: home)
        var text = "p2pfwd report, \(Program.now())\n"
        for section in try sections(logger) {
            text += "\n== \(section.title) ==\n"
            let lines = section.lines.isEmpty ? ["(nothing)"] : section.lines
            for line in lines { text += redaction.clean(line) + "\n" }
        }
        guard let file = options.file else {
            context.output(String(text.dropLast()))
            return .success
        }
        try write(text, to: file)
        context.report("written to \(file); read it before you send it to anybody")
        return .success
    }

    // MARK: Sections

    private struct Section {
        let title: String
        let lines: [String]
    }

    private func sections(_ logger: Logger) throws(CommandError) -> [Section] {
        let loop: EventLoop
        do throws(SystemError) {
            loop = try EventLoop()
        } catch {
            throw CommandError("event loop", "\(error)", .localError)
        }
        var sections = [
            Section(title: "program", lines: ["p2pfwd \(Version.text)"] + systemLines),
            Section(title: "files", lines: fileLines),
            Section(title: "configuration", lines: configurationLines),
            Section(title: "status", lines: try statusLines(loop)),
            Section(title: "events", lines: eventLines(loop)),
            Section(title: "log", lines: logTail),
        ]
        if !options.isQuick {
            sections.append(Section(title: "netcheck", lines: netcheckLines(logger)))
        }
        return sections
    }

    private var systemLines: [String] {
        var name = utsname()
        guard uname(&name) == 0 else { return [] }
        func text<Field>(_ field: Field) -> String {
            withUnsafeBytes(of: field) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
        }
        return [
            "\(text(name.sysname)) \(text(name.release)) \(text(name.machine))",
            "processors: \(sysconf(Int32(_SC_NPROCESSORS_ONLN)))",
            "packets are sealed by: \(AES256GCM.library)",
        ]
    }

    /// What there is, and what of it has rights that it should not have; no content.
    private var fileLines: [String] {
        var lines: [String] = []
        for folder in Set([context.home.configuration, context.home.state]).sorted() {
            lines.append("\(folder):")
            for name in FolderListing.names(in: folder) {
                var status = stat()
                guard lstat("\(folder)/\(name)", &status) == 0 else { continue }
                let mode = String(status.st_mode & 0o7777, radix: 8)
                lines.append("  \(name), \(status.st_size) bytes, mode \(mode)")
            }
        }
        return lines
    }

    private func statusLines(_ loop: EventLoop) throws(CommandError) -> [String] {
        var complaints: [String] = []
        let inquiry = StatusInquiry(home: context.home, loop: loop) { complaints.append($0) }
        let reports = try inquiry.ask(listsFlows: true).compactMap(StatusReport.init)
        return reports.flatMap(\.lines) + complaints
    }

    /// The last minutes of the node, without what could be typed to pair with it.
    private func eventLines(_ loop: EventLoop) -> [String] {
        let client: ControlClient?
        do throws(CommandError) {
            client = try NodeAccess(context: context, loop: loop).connectIfRunning()
        } catch {
            return ["\(error.what): \(error.why)"]
        }
        guard let client else { return ["no node of this home is running"] }
        defer { client.close() }
        let topics = ["node", "session", "path", "server", "forward", "flow"]
        do throws(ControlError) {
            let answer = try client.callAndWait(
                "events.recent", .object([("topics", .array(topics.map { .string($0) }))]),
                patience: Self.patience)
            return (answer["events"]?.arrayValue ?? []).map { event in
                let texts = ["time", "topic", "kind", "text"].map { event[$0]?.stringValue ?? "" }
                return texts.joined(separator: " ")
            }
        } catch {
            return [error.message]
        }
    }

    private var logTail: [String] {
        let file = open(context.home.log, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return [] }
        defer { close(file) }
        let end = lseek(file, 0, SEEK_END)
        guard end > 0 else { return [] }
        lseek(file, max(0, end - off_t(Self.logBytes)), SEEK_SET)
        var bytes = [UInt8](repeating: 0, count: Self.logBytes)
        let count = read(file, &bytes, bytes.count)
        guard count > 0 else { return [] }
        let text = String(decoding: bytes[..<count], as: UTF8.self)
        return text.split(separator: "\n").suffix(Self.logLines).map { String($0) }
    }

    private var configurationLines: [String] {
        lines { (context) throws(CommandError) in try configuration.run(in: context) }
    }

    private func netcheckLines(_ logger: Logger) -> [String] {
        var netcheck = NetcheckOptions(listen: nil, json: false)
        netcheck.meeting = options.meeting
        return lines { (context) throws(CommandError) in
            try NetcheckCommand(options: netcheck, context: context).run(logger: logger)
        }
    }

    /// What another command prints, and the error that it ends with.
    private func lines(
        of command: (CommandContext) throws(CommandError) -> ExitCode
    ) -> [String] {
        let printed = PrintedLines()
        var context = context
        context.output = { printed.append($0) }
        do throws(CommandError) {
            _ = try command(context)
        } catch {
            printed.append("\(error.what): \(error.why)")
        }
        return printed.all
    }

    // MARK: The file

    private func write(_ text: String, to path: String) throws(CommandError) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw CommandError("report", .system(path: path, call: "open", errno: errno))
        }
        defer { close(file) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw CommandError("report", .system(path: path, call: "write", errno: errno))
            }
            rest = rest.dropFirst(count)
        }
    }
}

private final class PrintedLines {
    private(set) var all: [String] = []

    func append(_ text: String) {
        all += text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
    }
}
