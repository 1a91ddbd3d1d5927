import TestSupport
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

    @Test("the Wycheproof cases with our sizes pass", arguments: [false, true])
    func wycheproof(usesOpenSSL: Bool) {
        for test in PublishedVectors.wycheproof("wycheproof_aes_gcm_test.json") {
            guard test.number("keySize") == 256, test.number("ivSize") == 96,
                test.number("tagSize") == 128
            else { continue }
            var cipher = AES256GCM(
                key: SecretBytes(test.bytes("key")), usesOpenSSL: usesOpenSSL)
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

    @Test("every library makes the same bytes and refuses the same")
    func libraries() {
        let key = SecretBytes([UInt8](repeating: 7, count: 32))
        let nonce = [UInt8](repeating: 1, count: 12)
        // The same one twice where there is only OpenSSL.
        var preferred = AES256GCM(key: key, usesOpenSSL: false)
        var openSSL = AES256GCM(key: key, usesOpenSSL: true)

        for count in Array(0...64) + [255, 256, 257, 1_399, 1_400, 16_384, 65_507] {
            let plaintext = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            var sealed = openSSL.seal(plaintext, nonce: nonce, associatedData: [1, 2])
            let other = preferred.seal(plaintext, nonce: nonce, associatedData: [1, 2])

            #expect(sealed == other)
            #expect(preferred.open(sealed, nonce: nonce, associatedData: [1, 2]) == plaintext)
            #expect(openSSL.open(other, nonce: nonce, associatedData: [1, 2]) == plaintext)
            #expect(preferred.open(sealed, nonce: nonce, associatedData: [1]) == nil)
            sealed[count] ^= 1
            #expect(preferred.open(sealed, nonce: nonce, associatedData: [1, 2]) == nil)
            #expect(openSSL.open(sealed, nonce: nonce, associatedData: [1, 2]) == nil)
        }
    }

    @Test("what is sealed in parts is what is sealed at once", arguments: [false, true])
    func parts(usesOpenSSL: Bool) {
        let random = SeededRandomSource(seed: 11)
        let nonce = [UInt8](repeating: 1, count: 12)
        var cipher = AES256GCM(
            key: SecretBytes([UInt8](repeating: 7, count: 32)), usesOpenSSL: usesOpenSSL)

        for count in Array(0...64) + [255, 256, 257, 1_399, 16_384, 65_000] {
            let plaintext = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            let whole = cipher.seal(plaintext, nonce: nonce, associatedData: [1, 2])
            var output = [UInt8](repeating: 0, count: count + 16)

            nonce.withUnsafeBytes { nonce in
                [UInt8]([1, 2]).withUnsafeBytes { cipher.begin(nonce: nonce, associatedData: $0) }
            }
            output.withUnsafeMutableBytes { output in
                var done = 0
                while done < count {
                    let end = min(count, done + 1 + Int(random.next(below: UInt64(count))))
                    plaintext.withUnsafeBytes {
                        cipher.update(
                            from: UnsafeRawBufferPointer(rebasing: $0[done..<end]),
                            to: output.baseAddress! + done)  // Not empty: it holds the tag.
                    }
                    done = end
                }
                cipher.finish(tag: UnsafeMutableRawBufferPointer(rebasing: output[count...]))
            }

            #expect(output == whole, "\(count) bytes")
        }
    }
}
