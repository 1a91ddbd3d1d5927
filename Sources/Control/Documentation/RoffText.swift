/// A manual page in roff, with the macros of man(7).
struct RoffText {
    private(set) var text: String

    /// The day on which the manual was last looked through as a whole.
    private static let date = "2026-11-26"

    init(_ title: String, section: Int, about subject: String) {
        text = """
            .\\" Made from the program's own description of itself: make generate
            .TH \(title) \(section) \(Self.date) "p2pfwd \(Version.text)" "\(subject)"
            .nh
            .ad l

            """
    }

    mutating func section(_ title: String) { text += ".SH \(Self.escaped(title.uppercased()))\n" }

    mutating func subsection(_ title: String) { text += ".SS \(Self.escaped(title))\n" }

    mutating func paragraph(_ words: String) { text += ".PP\n\(Self.escaped(words))\n" }

    /// The first words of a section, which need no paragraph of their own.
    mutating func line(_ words: String) { text += "\(Self.escaped(words))\n" }

    /// Lines as they are typed.
    mutating func example(_ lines: [String]) {
        guard !lines.isEmpty else { return }
        // A section begins a paragraph by itself.
        let begins = text.split(separator: "\n").last?.hasPrefix(".S") ?? false
        text +=
            (begins ? "" : ".PP\n") + ".nf\n" + lines.map { Self.escaped($0) + "\n" }.joined()
            + ".fi\n"
    }

    /// Something in bold with what it means beside it.
    mutating func item(_ name: String, _ words: String) {
        text += ".TP\n\\fB\(Self.escaped(name))\\fR\n\(Self.escaped(words))\n"
    }

    /// Text in which nothing means anything to roff.
    static func escaped(_ words: String) -> String {
        var result = ""
        for character in words {
            switch character {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            // Else they become typographic quotes.
            case "'": result += "\\(aq"
            case "`": result += "\\(ga"
            case "~": result += "\\(ti"
            case "^": result += "\\(ha"
            default: result.append(character)
            }
        }
        return result.hasPrefix(".") ? "\\&" + result : result
    }
}
