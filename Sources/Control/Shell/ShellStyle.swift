/// The colours of the shell: only on a terminal that has some, and where nobody refuses them.
struct ShellStyle {
    let usesColours: Bool

    static let plain = ShellStyle(usesColours: false)

    init(usesColours: Bool) { self.usesColours = usesColours }

    /// - Parameters:
    ///   - isTerminal: whether people see what is written.
    ///   - variables: `NO_COLOR`, which refuses colours unless it is empty, and `TERM`.
    init(isTerminal: Bool, variables: (String) -> String?) {
        let terminal = variables("TERM") ?? ""
        let isRefused = !(variables("NO_COLOR") ?? "").isEmpty
        usesColours = isTerminal && !isRefused && !terminal.isEmpty && terminal != "dumb"
    }

    /// Readline has to know which characters take no room: those between these two.
    func prompt(_ text: String) -> String {
        usesColours ? "\u{1}\u{1b}[1m\u{2}\(text)\u{1}\u{1b}[0m\u{2}" : text
    }

    func event(_ text: String) -> String { coloured(text, "36") }

    func error(_ text: String) -> String { coloured(text, "31") }

    private func coloured(_ text: String, _ code: String) -> String {
        usesColours ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
    }
}
