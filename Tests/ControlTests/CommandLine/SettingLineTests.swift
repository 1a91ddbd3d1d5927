import Testing

@testable import Control

@Suite struct SettingLineTests {
    @Test(
        "a line is split as ssh splits it",
        arguments: [
            ("Hold 1m", "Hold", ["1m"]), ("Hold=1m", "Hold", ["1m"]),
            ("  Hold = 1m \t", "Hold", ["1m"]), ("Hold =1m\r", "Hold", ["1m"]),
            ("Host a b  !c", "Host", ["a", "b", "!c"]), ("Hold", "Hold", []),
            ("LocalForward \"/a b\" 'c d':1", "LocalForward", ["/a b", "c d:1"]),
            ("LocalForward /a\\ b:1 x\\:y", "LocalForward", ["/a b:1", "x\\:y"]),
            ("Hold \"a\\\"b\"", "Hold", ["a\"b"]), ("Hold \"\"", "Hold", [""]),
            ("Hold 1m # one minute", "Hold", ["1m"]), ("Hold a#b", "Hold", ["a#b"]),
            ("=x", "", ["x"]),
        ])
    func split(text: String, key: String, words: [String]) throws {
        let line = try #require(try SettingLine(text, at: "here"))

        #expect(line.key == key)
        #expect(line.words == words)
    }

    @Test("blanks and comments say nothing", arguments: ["", "  \t", "# Hold 1m", " #", "\r"])
    func nothing(text: String) throws {
        #expect(try SettingLine(text, at: "here") == nil)
    }

    @Test("a quote has an end", arguments: ["Hold \"1m", "Hold '1m\"", "Hold a\"b c"])
    func quotes(text: String) {
        #expect(throws: CommandError.self) { _ = try SettingLine(text, at: "here") }
    }
}
