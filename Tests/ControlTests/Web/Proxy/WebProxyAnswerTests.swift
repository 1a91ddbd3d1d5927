import Testing

@testable import Control

@Suite("WebProxyAnswer")
struct WebProxyAnswerTests {
    private static func text(_ answer: WebProxyAnswer) -> String {
        String(decoding: answer.encoded(connectionID: "web_::1_7000"), as: UTF8.self)
    }

    @Test("a status has the fields of older servers")
    func status() {
        #expect(
            Self.text(.status(.established, message: WebProxyStatus.established.message))
                == #"{"type":"status","status":"UDP_ESTABLISHED","message":"#
                + #""UDP connection established with remote peer","#
                + #""connection_id":"web_::1_7000"}"#)
    }

    @Test("an error has a code, too")
    func error() {
        #expect(
            Self.text(.error(.invalidMessage, message: "no \"JSON\""))
                == #"{"type":"error","code":"INVALID_MESSAGE","message":"no \"JSON\"","#
                + #""connection_id":"web_::1_7000"}"#)
    }

    @Test("binary data go out in base64")
    func binary() {
        #expect(
            Self.text(.data(.binary, [0, 255]))
                == #"{"type":"data","format":"binary","data":"AP8="}"#)
    }

    @Test("text is escaped, and comes back as it was")
    func escapes() throws {
        let text = "\u{0}\u{1}\u{1f}\"\\/\n\r\t\u{7f}ä\u{2028}\u{1f600}"

        let encoded = WebProxyAnswer.data(.text, [UInt8](text.utf8)).encoded(connectionID: "")
        let value = try JSONParser.parse(encoded)

        #expect(value["format"]?.stringValue == "text")
        #expect(value["data"]?.stringValue == text)
    }
}
