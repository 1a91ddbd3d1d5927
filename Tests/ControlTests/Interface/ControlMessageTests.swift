import Testing

@testable import Control

@Suite("ControlMessage")
struct ControlMessageTests {
    @Test("what is sent is understood at the other end")
    func roundTrip() throws {
        let error = ControlError(code: 3, what: "peer 'a'", why: "unknown", hint: "try b")
        let messages: [ControlMessage] = [
            .answer(id: .number(1), result: .object([("a", .null)])),
            .failure(id: .null, error), .failure(id: .string("x"), error),
            .notification("event", .object([("a", .string("\n"))])),
        ]

        for message in messages {
            #expect(message.line.last == UInt8(ascii: "\n"))
            #expect(message.line.count { $0 == UInt8(ascii: "\n") } == 1)
            #expect(ControlMessage.received(message.line.dropLast()) == message)
        }
        let request = ControlMessage.request(
            id: .number(7), method: "a", parameters: .object([("b", .bool(true))]))
        let received = try ControlRequest([UInt8](request.line.dropLast()))
        #expect(received.id == .number(7) && received.method == "a")
        #expect(received.parameters["b"] == .bool(true))
    }

    @Test(
        "what a node would not say is no message",
        arguments: [
            "", "1", "{}", #"{"jsonrpc":"2.0"}"#, #"{"jsonrpc":"2.0","id":1}"#,
            #"{"jsonrpc":"2.0","id":1,"error":{}}"#, #"{"jsonrpc":"2.0","id":1,"method":"a"}"#,
            #"{"jsonrpc":"2.0","id":1,"result":1,"error":{"code":1,"message":""}}"#,
        ])
    func junk(text: String) {
        #expect(ControlMessage.received([UInt8](text.utf8)) == nil)
    }
}
