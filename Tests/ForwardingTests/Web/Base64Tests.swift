import Testing

@testable import Forwarding

@Suite struct Base64Tests {
    @Test(
        "RFC 4648 section 10",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ])
    func published(plain: String, text: String) {
        #expect(Base64.encode([UInt8](plain.utf8)) == text)
        #expect(Base64.decode(text) == [UInt8](plain.utf8))
    }

    @Test(
        "what no encoder writes is not read",
        arguments: [
            "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zm9v====", "Zm-v", "Zm9v\n", "Zg==Zg==",
        ])
    func strict(text: String) {
        #expect(Base64.decode(text) == nil)
    }
}
