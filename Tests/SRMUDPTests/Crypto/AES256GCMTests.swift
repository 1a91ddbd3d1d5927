import Testing

@testable import SRMUDP

@Suite struct AES256GCMTests {
    @Test("the published example with associated data seals and opens")
    func published() {
        // Test case 16 of the proposal of GCM to NIST.
        let key = bytes(hex: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")
        let nonce = bytes(hex: "cafebabefacedbaddecaf888")
        let associatedData = bytes(hex: "feedfacedeadbeeffeedfacedeadbeefabaddad2")
        let plaintext = bytes(
            hex: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39")
        var cipher = AES256GCM(key: key)

        let sealed = cipher.seal(plaintext, nonce: nonce, associatedData: associatedData)
        let opened = cipher.open(sealed, nonce: nonce, associatedData: associatedData)

        #expect(
            hex(sealed)
                == "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                + "76fc6ece0f4e1768cddf8853bb2d551b")
        #expect(opened == plaintext)
    }

    @Test("the Wycheproof cases with our sizes pass")
    func wycheproof() {
        for test in PublishedVectors.wycheproof("wycheproof_aes_gcm_test.json") {
            guard test.number("keySize") == 256, test.number("ivSize") == 96,
                test.number("tagSize") == 128
            else { continue }
            var cipher = AES256GCM(key: test.bytes("key"))
            let sealed = test.bytes("ct") + test.bytes("tag")

            let opened = cipher.open(
                sealed, nonce: test.bytes("iv"), associatedData: test.bytes("aad"))
            let again = cipher.seal(
                test.bytes("msg"), nonce: test.bytes("iv"), associatedData: test.bytes("aad"))

            #expect(opened == (test.isValid ? test.bytes("msg") : nil), "\(test.name)")
            #expect((again == sealed) == test.isValid, "\(test.name)")
        }
    }

    @Test("less than a tag does not open")
    func short() {
        var cipher = AES256GCM(key: [UInt8](repeating: 0, count: 32))
        let nonce = [UInt8](repeating: 0, count: 12)

        for count in 0..<16 {
            let junk = [UInt8](repeating: 0, count: count)
            #expect(cipher.open(junk, nonce: nonce, associatedData: []) == nil)
        }
    }

    @Test("where the provider lends no functions the same bytes come out")
    func withoutProvider() {
        let key = SecretBytes([UInt8](repeating: 7, count: 32))
        let nonce = [UInt8](repeating: 1, count: 12)
        var direct = AES256GCM(key: key, avoidsProvider: false)
        var general = AES256GCM(key: key, avoidsProvider: true)

        for count in [0, 1, 16, 1_400] {
            let plaintext = [UInt8](repeating: 3, count: count)
            var sealed = general.seal(plaintext, nonce: nonce, associatedData: [1, 2])
            let other = direct.seal(plaintext, nonce: nonce, associatedData: [1, 2])

            #expect(sealed == other)
            #expect(direct.open(sealed, nonce: nonce, associatedData: [1, 2]) == plaintext)
            #expect(general.open(other, nonce: nonce, associatedData: [1, 2]) == plaintext)
            sealed[count] ^= 1
            #expect(general.open(sealed, nonce: nonce, associatedData: [1, 2]) == nil)
        }
    }
}
