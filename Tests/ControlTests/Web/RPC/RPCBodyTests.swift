import Testing

@testable import Control

@Suite("RPCBody")
struct RPCBodyTests {
    private static let call = #"{"jsonrpc":"2.0","id":1,"method":"a"}"#

    private static func body(_ text: String) throws(ControlRequest.Refusal) -> RPCBody {
        try RPCBody([UInt8](text.utf8))
    }

    private static func code(_ text: String) -> Int64? {
        do throws(ControlRequest.Refusal) {
            _ = try body(text)
            return nil
        } catch {
            return error.error.code
        }
    }

    @Test("a request stands alone, or with up to 49 others in a batch")
    func forms() throws {
        let single = try Self.body(Self.call)
        let calls = Array(repeating: Self.call, count: 50).joined(separator: ",")
        let batch = try Self.body("[\(calls)]")

        #expect(single.items.count == 1 && !single.isBatch)
        #expect(batch.items.count == 50 && batch.isBatch)
        #expect(Self.code("[\(calls),\(Self.call)]") == -32_600)
    }

    @Test("one that is wrong spoils no batch")
    func mixed() throws {
        let batch = try Self.body(#"[\#(Self.call),1,{"jsonrpc":"2.0","id":2}]"#)

        let isGood = batch.items.map { item in
            if case .success = item { return true } else { return false }
        }
        #expect(isGood == [true, false, false])
    }

    @Test(
        "what is nothing to carry out is refused",
        arguments: [
            ("", -32_700), ("{", -32_700), ("[]", -32_600), ("1", -32_600), ("null", -32_600),
            ("\"a\"", -32_600), ("{}", -32_600), (#"{"jsonrpc":"2.0","id":1}"#, -32_600),
            (#"{"jsonrpc":"2.0","id":1,"method":7}"#, -32_600),
            (#"{"jsonrpc":"2.0","id":1,"id":1,"method":"a"}"#, -32_700),
            (#"{"jsonrpc":"2.0","id":1,"method":"a","params":[1]}"#, -32_602),
            (#"{"jsonrpc":"2.0","id":1e400,"method":"a"}"#, -32_700),
            (#"{"jsonrpc":"2.0","id":1,"method":"\ud800"}"#, -32_700),
            ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\u{0}\"}", -32_700),
        ] as [(String, Int64)])
    func refused(text: String, code: Int64) {
        #expect(Self.code(text) == code)
    }

    @Test("neither depth nor length of what is sent is followed down")
    func bounds() {
        #expect(Self.code(String(repeating: "[", count: 10_000)) == -32_700)
        #expect(Self.code(String(repeating: #"{"a":"#, count: 10_000)) == -32_700)
        let long = String(repeating: "x", count: 2 << 20)
        #expect(Self.code(#"{"jsonrpc":"2.0","id":1,"method":"\#(long)"#) == -32_700)
    }
}
