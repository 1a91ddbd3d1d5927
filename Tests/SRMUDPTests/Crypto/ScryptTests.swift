import SRMUDP
import Testing

@Suite struct ScryptTests {
    @Test("RFC 7914 section 12, second vector")
    func published() {
        let key = Scrypt.deriveKey(
            password: SecretBytes([UInt8]("password".utf8)), salt: [UInt8]("NaCl".utf8),
            cost: 1024, blockSize: 8, parallelism: 16, count: 64)

        #expect(
            hex(key.exposed)
                == "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a388"
                + "6ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640")
    }
}
