import SRMUDP
import Testing

@Suite struct HKDFTests {
    @Test("RFC 5869, test case 1")
    func firstCase() {
        let key = HKDF.extract(
            salt: bytes(hex: "000102030405060708090a0b0c"),
            inputKeyMaterial: SecretBytes([UInt8](repeating: 0x0b, count: 22)))
        let output = HKDF.expand(key, info: bytes(hex: "f0f1f2f3f4f5f6f7f8f9"), count: 42)

        #expect(
            hex(key.exposed) == "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5")
        #expect(
            hex(output.exposed)
                == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b88718"
                + "5865")
    }

    @Test("RFC 5869, test case 3: neither salt nor info")
    func thirdCase() {
        let key = HKDF.extract(
            salt: [], inputKeyMaterial: SecretBytes([UInt8](repeating: 0x0b, count: 22)))
        let output = HKDF.expand(key, info: [], count: 42)

        #expect(
            hex(output.exposed)
                == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a"
                + "96c8")
    }

    @Test("the Wycheproof cases pass")
    func wycheproof() {
        for test in PublishedVectors.wycheproof("wycheproof_hkdf_sha256_test.json") {
            let count = test.number("size")
            // Larger outputs than the construction allows are a mistake of the caller.
            guard count <= 8160 else { continue }

            let key = HKDF.extract(
                salt: test.bytes("salt"), inputKeyMaterial: SecretBytes(test.bytes("ikm")))
            let output = HKDF.expand(key, info: test.bytes("info"), count: count)

            #expect((output.exposed == test.bytes("okm")) == test.isValid, "\(test.name)")
        }
    }
}
