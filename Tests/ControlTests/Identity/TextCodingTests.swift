import Testing

@testable import Control

@Suite struct TextCodingTests {
    @Test(
        "base32 and base64url agree with RFC 4648",
        arguments: [
            ("", "", ""), ("f", "my", "Zg"), ("fo", "mzxq", "Zm8"), ("foo", "mzxw6", "Zm9v"),
            ("foob", "mzxw6yq", "Zm9vYg"), ("fooba", "mzxw6ytb", "Zm9vYmE"),
            ("foobar", "mzxw6ytboi", "Zm9vYmFy"),
        ])
    func vectors(plain: String, base32: String, base64: String) {
        let bytes = [UInt8](plain.utf8)

        #expect(TextCoding.base32.encode(bytes) == base32)
        #expect(TextCoding.base64URL.encode(bytes) == base64)
        #expect(TextCoding.base32.decode(base32) == bytes)
        #expect(TextCoding.base64URL.decode(base64) == bytes)
    }

    @Test(
        "text that no bytes encode to is refused",
        arguments: ["Zh", "Z", "Zm9=", "Zm 9", "Zm/v"])
    func notCanonical(text: String) {
        #expect(TextCoding.base64URL.decode(text) == nil)
    }
}
