import SRMUDP
import Testing

@Suite struct HMACSHA256Tests {
    @Test("RFC 4231, test case 2, in one piece, in two, and again with the same key")
    func secondCase() {
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        let key = SecretBytes([UInt8]("Jefe".utf8))
        let message = [UInt8]("what do ya want for nothing?".utf8)
        var authentication = HMACSHA256(key: key)

        authentication.update(message)
        let first = authentication.finish()
        authentication.update(message[..<7])
        authentication.update(message[7...])
        let second = authentication.finish()

        #expect(hex(first) == expected)
        #expect(hex(second) == expected)
        #expect(hex(HMACSHA256.code(key: key, message)) == expected)
    }

    @Test("the Wycheproof cases pass")
    func wycheproof() {
        for test in PublishedVectors.wycheproof("wycheproof_hmac_sha256_test.json") {
            let code = HMACSHA256.code(key: SecretBytes(test.bytes("key")), test.bytes("msg"))

            let tag = test.bytes("tag")
            #expect((Array(code.prefix(tag.count)) == tag) == test.isValid, "\(test.name)")
        }
    }

    @Test("SHA-256 of parts is that of the whole")
    func digest() {
        let whole = SHA256.digest([UInt8]("abc".utf8))

        #expect(hex(whole) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(SHA256.digest([0x61], [0x62, 0x63]) == whole)
    }
}
