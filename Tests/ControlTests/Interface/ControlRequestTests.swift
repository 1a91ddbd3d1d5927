import Testing

@testable import Control

@Suite("ControlRequest")
struct ControlRequestTests {
    private static func refusal(_ text: String) -> ControlRequest.Refusal? {
        do throws(ControlRequest.Refusal) {
            _ = try ControlRequest([UInt8](text.utf8))
            return nil
        } catch {
            return error
        }
    }

    @Test("a request has a method, perhaps parameters, and an id if an answer is wanted")
    func requests() throws {
        let full = try ControlRequest(
            [UInt8](#"{"jsonrpc":"2.0","id":"x","method":"a.b","params":{"c":1}}"#.utf8))
        let short = try ControlRequest([UInt8](#"{"method":"a","jsonrpc":"2.0"}"#.utf8))

        #expect(full.id == .string("x") && full.method == "a.b")
        #expect(full.parameters == .object([("c", .number(1))]))
        #expect(short.id == nil && short.method == "a" && short.parameters == .object([]))
    }

    @Test(
        "what is no request is refused, to the id where there is one",
        arguments: [
            ("{", "null", -32_700), ("\u{1}\u{2}", "null", -32_700), ("", "null", -32_700),
            ("1", "null", -32_600), ("[]", "null", -32_600), ("{}", "null", -32_600),
            (#"{"id":1,"method":"a"}"#, "1", -32_600),
            (#"{"jsonrpc":"1.0","id":1,"method":"a"}"#, "1", -32_600),
            (#"{"jsonrpc":"2.0","id":1}"#, "1", -32_600),
            (#"{"jsonrpc":"2.0","id":1,"method":2}"#, "1", -32_600),
            (#"{"jsonrpc":"2.0","id":1,"method":"a","more":1}"#, "1", -32_600),
            (#"{"jsonrpc":"2.0","id":[],"method":"a"}"#, "null", -32_600),
            (#"{"jsonrpc":"2.0","id":1.5,"method":"a"}"#, "null", -32_600),
            (#"{"jsonrpc":"2.0","id":1,"method":"a","params":[]}"#, "1", -32_602),
            (#"{"jsonrpc":"2.0","id":null,"method":"a","params":null}"#, "null", -32_602),
        ])
    func refusals(text: String, id: String, code: Int64) {
        let refusal = Self.refusal(text)

        #expect(refusal?.id.text == id)
        #expect(refusal?.error.code == code)
    }

    @Test("batches are told why they are refused")
    func batches() {
        let refusal = Self.refusal(#"[{"jsonrpc":"2.0","id":1,"method":"a"}]"#)

        #expect(refusal?.error.message == "request: batches are not taken")
    }
}
