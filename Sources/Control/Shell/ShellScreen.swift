/// What the shell shows: results on standard output, everything else on standard error, and both
/// above the line that is being typed.
final class ShellScreen {
    let style: ShellStyle
    /// Whose line is in the way; nil without a terminal.
    weak var editor: LineEditor?
    private let printResult: (String) -> Void
    private let printReport: (String) -> Void

    init(
        style: ShellStyle, output: @escaping (String) -> Void, report: @escaping (String) -> Void
    ) {
        self.style = style
        printResult = output
        printReport = report
    }

    func output(_ line: String) { above { printResult(line) } }

    func report(_ line: String) { above { printReport(line) } }

    func report(_ error: CommandError) {
        above {
            for line in error.description.split(separator: "\n") {
                printReport(style.error(String(line).withoutControls))
            }
        }
    }

    func tell(event: JSONValue) {
        above {
            for line in NodeAnswer.event(event) { printReport(style.event(line)) }
        }
    }

    private func above(_ body: () -> Void) {
        guard let editor else { return body() }
        editor.write(body)
    }
}
