import Testing

@testable import Control

@Suite struct ShellStyleTests {
    @Test(
        "colours need a terminal that has them, and nobody who refuses them",
        arguments: [
            (true, ["TERM": "xterm"], true), (true, ["TERM": "xterm", "NO_COLOR": ""], true),
            (true, ["TERM": "xterm", "NO_COLOR": "1"], false), (true, ["TERM": "dumb"], false),
            (true, [:], false), (false, ["TERM": "xterm"], false),
        ])
    func colours(isTerminal: Bool, variables: [String: String], expected: Bool) {
        let style = ShellStyle(isTerminal: isTerminal, variables: { variables[$0] })

        #expect(style.usesColours == expected)
        #expect((style.event("a") == "a") == !expected)
        #expect((style.prompt("a> ") == "a> ") == !expected)
    }
}
