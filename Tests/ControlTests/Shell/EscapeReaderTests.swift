import Testing

@testable import Control

@Suite struct EscapeReaderTests {
    @Test(
        "an escape counts at the beginning of a line only",
        arguments: [
            ("~.", [.escape(.end)]), ("~#", [.escape(.list)]), ("~C", [.escape(.commandLine)]),
            ("~?", [.escape(.help)]), ("~#~.", [.escape(.list), .escape(.end)]),
            ("a~.", [.bytes(Array("a~.".utf8))]),
            ("a\r~.", [.bytes(Array("a\r".utf8)), .escape(.end)]),
            ("a\n~.b", [.bytes(Array("a\n".utf8)), .escape(.end), .bytes(Array("b".utf8))]),
            ("~~.", [.bytes(Array("~.".utf8))]), ("~x", [.bytes(Array("~x".utf8))]),
            ("~~~.", [.bytes(Array("~~.".utf8))]),
            ("~\r~.", [.bytes(Array("~\r".utf8)), .escape(.end)]),
            ("~", []), ("", []),
        ] as [(String, [EscapeReader.Output])])
    func escapes(typed: String, outputs: [EscapeReader.Output]) {
        var whole = EscapeReader()
        #expect(whole.take(typed.utf8) == outputs)

        var single = EscapeReader()
        let parts = typed.utf8.flatMap { single.take([$0]) }
        #expect(joined(parts) == outputs)
    }

    private func joined(_ outputs: [EscapeReader.Output]) -> [EscapeReader.Output] {
        outputs.reduce(into: []) { result, output in
            if case .bytes(let bytes) = output, case .bytes(let earlier) = result.last {
                result[result.count - 1] = .bytes(earlier + bytes)
            } else {
                result.append(output)
            }
        }
    }
}
