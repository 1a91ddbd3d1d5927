import SRMUDP
import TestSupport
import Testing

@Suite struct SecretBytesTests {
    @Test("a secret never shows its bytes")
    func redaction() {
        let secret = SecretBytes([0xde, 0xad])
        var dumped = ""
        dump(secret, to: &dumped)

        #expect("\(secret)" == "<redacted>")
        #expect(String(reflecting: secret) == "<redacted>")
        #expect(!dumped.contains("222") && !dumped.contains("173"))
    }

    @Test("taking a secret over empties its source")
    func taking() {
        var source: [UInt8] = [1, 2, 3]

        let secret = SecretBytes(taking: &source)

        #expect(source.isEmpty)
        #expect(secret.exposed == [1, 2, 3])
        #expect(secret.part(1..<3).exposed == [2, 3])
    }

    @Test("equality looks at every byte and at the length")
    func equality() {
        #expect(SecretBytes([1, 2, 3]) == SecretBytes([1, 2, 3]))
        #expect(SecretBytes([1, 2, 3]) != SecretBytes([1, 2, 4]))
        #expect(SecretBytes([1, 2, 3]) != SecretBytes([1, 2]))
        #expect(SecretBytes([]) == SecretBytes([]))
        #expect(constantTimeEqual([1, 2], [1, 2]))
        #expect(!constantTimeEqual([1, 2], [3, 2]))
        #expect(!constantTimeEqual([1, 2], [1]))
    }

    @Test("a traffic secret moves on to one that differs, the same at both ends")
    func ratchet() {
        let secret = TrafficSecret(SecretBytes([UInt8](repeating: 7, count: 32)))

        #expect(secret.next.bytes == secret.next.bytes)
        #expect(secret.next.bytes != secret.bytes)
        #expect(
            secret.next.bytes == HKDF.expand(secret.bytes, label: "srmudp ku", count: 32))
    }

    @Test("the system's source fills any length, and never twice the same")
    func systemRandom() {
        let source = SystemRandomSource()

        let blocks = (0..<3).map { _ in source.bytes(count: 5000) }

        #expect(Set(blocks).count == 3)
        #expect(blocks.allSatisfy { Set($0).count > 200 })
        #expect(source.next() != source.next())
    }
}
