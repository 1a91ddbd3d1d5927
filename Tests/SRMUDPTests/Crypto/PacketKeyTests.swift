import SRMUDP
import TestSupport
import Testing

@Suite struct PacketKeyTests {
    private let secret = SecretBytes([UInt8](0..<32))

    @Test("sealing is AES-256-GCM with the derived key and the numbered nonce")
    func construction() {
        let number: UInt64 = 0x1122_3344_5566_7788
        let storage = sealed(payload: 100, packetNumber: number)
        var cipher = AES256GCM(key: HKDF.expand(secret, label: "key"))
        var nonce = HKDF.expand(secret, label: "iv", count: 12).exposed
        for index in 0..<8 {
            nonce[4 + index] ^= UInt8(truncatingIfNeeded: number >> (56 - 8 * index))
        }

        let expected = cipher.seal(
            Array(repeating: 0x5a, count: 100), nonce: nonce,
            associatedData: Array(repeating: 0xc3, count: 13))

        #expect(storage.array(18..<134) == expected)
        #expect(storage.array(0..<5) == [0, 0, 0, 0, 0])
        #expect(storage.array(134..<140) == [0, 0, 0, 0, 0, 0])
    }

    @Test("what was sealed opens", arguments: [0, 1, 15, 16, 17, 1171, 1400, 65_000])
    func roundTrip(length: Int) {
        var storage = sealed(payload: length, packetNumber: 7)
        var key = PacketKey(secret: secret)

        let isGenuine = key.open(
            &storage, header: 5..<18, sealed: 18..<18 + length + 16, packetNumber: 7)

        #expect(isGenuine)
        #expect(storage.array(18..<18 + length) == Array(repeating: 0x5a, count: length))
    }

    @Test("a bit flipped anywhere, another number or another key do not open")
    func forgery() {
        for bit in 0..<(13 + 20 + 16) * 8 {
            var storage = sealed(payload: 20, packetNumber: 7)
            storage[5 + bit / 8] ^= 1 << UInt8(bit % 8)
            var key = PacketKey(secret: secret)
            #expect(!key.open(&storage, header: 5..<18, sealed: 18..<54, packetNumber: 7))
        }
        var storage = sealed(payload: 20, packetNumber: 7)
        var key = PacketKey(secret: secret)
        var next = TrafficSecret(secret).next.makePacketKey()
        #expect(!next.open(&storage, header: 5..<18, sealed: 18..<54, packetNumber: 7))
        storage = sealed(payload: 20, packetNumber: 7)
        #expect(!key.open(&storage, header: 5..<18, sealed: 18..<54, packetNumber: 7 + 1 << 32))
    }

    @Test("a key works on after a forgery, and less than a tag does not open")
    func afterForgery() {
        var key = PacketKey(secret: secret)
        var forged = ByteStorage(count: 140)
        for length in 0..<40 {
            #expect(
                !key.open(&forged, header: 5..<18, sealed: 18..<18 + length, packetNumber: 1))
        }
        var storage = sealed(payload: 100, packetNumber: 7)

        #expect(key.open(&storage, header: 5..<18, sealed: 18..<134, packetNumber: 7))
    }

    private func sealed(payload: Int, packetNumber: UInt64) -> ByteStorage {
        var storage = ByteStorage(count: payload + 40)
        storage.fill(5..<18, with: 0xc3)
        storage.fill(18..<18 + payload, with: 0x5a)
        var key = PacketKey(secret: secret)
        key.seal(
            &storage, header: 5..<18, payload: 18..<18 + payload, packetNumber: packetNumber)
        return storage
    }
}
