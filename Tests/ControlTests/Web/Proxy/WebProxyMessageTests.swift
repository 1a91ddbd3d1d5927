import Testing

@testable import Control

@Suite("WebProxyMessage")
struct WebProxyMessageTests {
    private static func message(
        _ text: String
    ) throws(WebProxyMessage.Failure) -> WebProxyMessage {
        try WebProxyMessage([UInt8](text.utf8), connectionID: "web_192.0.2.7_7000")
    }

    @Test("data are text where nothing else is said")
    func text() throws {
        let plain = try Self.message(#"{"type":"data","data":"Grüße\n"}"#)
        let named = try Self.message(#"{"data":"Grüße\n","format":"text","type":"data"}"#)

        #expect(plain == .data(.text, [UInt8]("Grüße\n".utf8)))
        #expect(named == plain)
    }

    @Test("binary data stand in base64")
    func binary() throws {
        let message = try Self.message(#"{"type":"data","format":"binary","data":"AP8="}"#)
        let empty = try Self.message(#"{"type":"data","format":"binary","data":""}"#)

        #expect(message == .data(.binary, [0, 255]))
        #expect(empty == .data(.binary, []))
    }

    @Test("the connection's own ID may be there")
    func connectionID() throws {
        let message = try Self.message(
            #"{"type":"data","data":"a","connection_id":"web_192.0.2.7_7000"}"#)

        #expect(message == .data(.text, [0x61]))
    }

    @Test("a key and a command are told apart from data")
    func others() throws {
        let key = try Self.message(#"{"type":"key","encryption_key":"correct horse"}"#)
        let command = try Self.message(#"{"type":"command","command":"x","anything":[1]}"#)

        #expect(key == .key(try WebProxyKey("correct horse")))
        #expect(command == .command)
    }

    @Test(
        "what is no message is refused",
        arguments: [
            "", "hello", "[]", "1", "null", #""data""#, "{}", #"{"data":"a"}"#,
            #"{"type":1,"data":"a"}"#, #"{"type":null}"#, #"{"type":"message","data":"a"}"#,
            #"{"type":"data"}"#, #"{"type":"data","data":1}"#, #"{"type":"data","data":null}"#,
            #"{"type":"data","data":"a","data":"b"}"#, #"{"type":"data","data":1e400}"#,
            #"{"type":"data","data":"\ud800"}"#, #"{"type":"data","data":"a"}x"#,
            #"{"type":"data","data":"a","format":"hex"}"#,
            #"{"type":"data","data":"a","format":1}"#,
            #"{"type":"data","data":"a","fromat":"binary"}"#,
            #"{"type":"data","data":"a","connection_id":"web_192.0.2.8_7000"}"#,
            #"{"type":"data","data":"a","connection_id":7}"#,
            #"{"type":"key"}"#, #"{"type":"key","encryption_key":"short"}"#,
            #"{"type":"key","encryption_key":12345678}"#,
            #"{"type":"key","encryption_key":"correct horse","x":1}"#,
            "{\"type\":\"data\",\"data\":\"a\u{0}b\"}",
        ])
    func refused(text: String) {
        #expect(throws: WebProxyMessage.Failure.self) { try Self.message(text) }
    }

    @Test(
        "base64 of other forms is refused",
        arguments: ["AA", "AA=", "A", "AA==AA==", "A A=", "AP8", "_-8=", "AP9=", "AP8=\\n"])
    func base64(text: String) {
        #expect(throws: WebProxyMessage.Failure.self) {
            try Self.message(#"{"type":"data","format":"binary","data":"\#(text)"}"#)
        }
    }

    @Test("nesting ends at 32, whatever comes behind")
    func depth() {
        let deep = String(repeating: "[", count: 10_000)

        #expect(throws: WebProxyMessage.Failure("not JSON: nested deeper than 32 at byte 53")) {
            try Self.message(#"{"type":"command","a":"# + deep)
        }
    }

    @Test("a message carries a mebibyte at most")
    func length() throws {
        let most = String(repeating: "x", count: WebProxyMessage.dataLimit)

        #expect(throws: Never.self) { try Self.message(#"{"type":"data","data":"\#(most)"}"#) }
        #expect(throws: WebProxyMessage.Failure.self) {
            try Self.message(#"{"type":"data","data":"\#(most)x"}"#)
        }
        #expect(throws: WebProxyMessage.Failure.self) {
            try Self.message(#"{"type":"data","data":"\#(most)\#(most)"}"#)
        }
    }

    @Test("what is wrong is told without what was said")
    func words() {
        do throws(WebProxyMessage.Failure) {
            _ = try Self.message(#"{"type":"key","encryption_key":"s3cret"}"#)
            Issue.record("it was taken")
        } catch {
            #expect(!error.reason.contains("s3cret"))
        }
    }
}
