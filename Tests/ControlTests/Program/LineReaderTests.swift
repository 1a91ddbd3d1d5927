import Testing

@testable import Control

@Suite struct LineReaderTests {
    @Test(
        "what all lines begin with is completed",
        arguments: [
            (["12-maple", "12-mango"], "12-ma"), (["12-maple"], "12-maple"), ([], ""),
            (["a", "b"], ""),
        ])
    func commonPrefix(lines: [String], prefix: String) {
        #expect(LineReader.commonPrefix(of: lines) == prefix)
    }
}
