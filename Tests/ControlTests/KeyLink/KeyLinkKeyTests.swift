import SRMUDP
import Testing

@testable import Control

@Suite struct KeyLinkKeyTests {
    @Test(
        "a text that is no key is refused with a reason that does not repeat it",
        arguments: [
            ([], KeyLinkKeyError.empty),
            ([UInt8]("secret7".utf8), .tooShort),
            ([UInt8](repeating: 0x61, count: 1_025), .tooLong),
            ([UInt8](repeating: 0x61, count: 4_096), .tooLong),
            ([0x73, 0x65, 0x63, 0x72, 0x65, 0x74, 0xff, 0x38], .notUTF8),
            ([UInt8]("key:c2VjcmV0".utf8), .malformed),
            ([UInt8]("key:\(String(repeating: "A", count: 42))=".utf8), .malformed),
            ([UInt8]("key:\(String(repeating: "A", count: 42))B".utf8), .malformed),
        ])
    func refused(text: [UInt8], error: KeyLinkKeyError) {
        #expect(throws: error) { try KeyLinkKey(text: text) }
        #expect(!"\(error)".contains("secret") && !"\(error)".contains("c2V"))
    }

    @Test("43 characters of base64url are the key itself")
    func raw() throws {
        let text = "key:" + TextCoding.base64URL.encode([UInt8](1...32))

        guard case .raw(let key) = try KeyLinkKey(text: [UInt8](text.utf8)).content else {
            Issue.record("not raw")
            return
        }

        #expect(key.exposed == [UInt8](1...32))
    }

    @Test(
        "8 characters are a password, up to 1024 bytes", arguments: ["p\u{e4}sswort", "keyboard"])
    func password(text: String) throws {
        for text in [text, text + String(repeating: "x", count: 1_024 - text.utf8.count)] {
            let key = try KeyLinkKey(text: [UInt8](text.utf8))
            guard case .password(let bytes) = key.content else {
                Issue.record("no password")
                return
            }
            #expect(bytes.exposed == [UInt8](text.utf8))
        }
    }

    @Test("a key shows nothing of itself")
    func redacted() throws {
        let key = try KeyLinkKey(text: [UInt8]("correct horse".utf8))
        var dumped = ""
        dump(key, to: &dumped)

        #expect("\(key)" == "<redacted>")
        #expect(!"\(KeyLinkRequest(remote: nil, key: key))".contains("horse"))
        #expect(!dumped.contains("horse"))
    }
}
