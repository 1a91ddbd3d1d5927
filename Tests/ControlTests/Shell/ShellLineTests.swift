import Testing

@testable import Control

@Suite struct ShellLineTests {
    @Test(
        "blanks separate words, and quotes keep them together",
        arguments: [
            ("", []), ("   \t ", []), ("sessions", ["sessions"]),
            (
                "  add  -L 8080:localhost:80\thomebox ",
                ["add", "-L", "8080:localhost:80", "homebox"]
            ),
            ("a 'b c' d", ["a", "b c", "d"]), ("a'b c'd", ["ab cd"]), ("''", [""]),
            (#""a \" \\ \n""#, [#"a " \ \n"#]), (##"a\ b \# c"##, ["a b", "#", "c"]),
            ("# all", []), ("a # rest", ["a"]), ("a#b", ["a#b"]), ("'it''s'", ["its"]),
            ("größer 🍁", ["größer", "🍁"]),
        ] as [(String, [String])])
    func words(line: String, words: [String]) throws {
        #expect(try ShellLine(line).words == words)
    }

    @Test(
        "what has no end is refused",
        arguments: [
            ("a 'b", "the quote ' is not closed"), ("\"a", "the quote \" is not closed"),
            ("\"a\\\"", "the quote \" is not closed"), ("a \\", "a backslash ends the line"),
        ])
    func mistakes(line: String, reason: String) {
        #expect(throws: ShellLine.Mistake(reason: reason)) { try ShellLine(line) }
    }
}
