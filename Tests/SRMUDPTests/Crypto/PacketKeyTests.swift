import TestSupport
import Testing

@testable import SRMUDP

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

    @Test("borrowed bytes are sealed like copied ones", arguments: [1, 2, 3, 4, 5])
    func borrowed(seed: UInt64) {
        let random = SeededRandomSource(seed: seed)
        let block = Block()
        for index in 0..<BlockPool.blockSize {
            block.storage[index] = UInt8(truncatingIfNeeded: random.next())
        }
        var key = PacketKey(secret: secret)
        var copying = ByteWriter(capacity: 70_000)
        var borrowing = ByteWriter(capacity: 70_000, smallestLoan: 3_000)
        let number = random.next(below: 1 << 60)

        // The second packet finds a writer that has been used; more runs than can be borrowed.
        for _ in 0..<2 {
            copying.reset()
            borrowing.reset()
            for run in 0..<Int(2 + random.next(below: 12)) {
                let header = [UInt8](repeating: 9, count: 13 + Int(random.next(below: 3)))
                copying.write(header)
                borrowing.write(header)
                let start = Int(random.next(below: 8_000))
                let range = start..<start + (run == 0 ? 4_000 : Int(random.next(below: 5_000)))
                copying.write(block, range)
                borrowing.write(block, range)
            }
            let payload = 13..<copying.position
            let isLent = !borrowing.borrowed.isEmpty
            key.seal(
                &copying.storage, header: 0..<13, payload: payload, packetNumber: number)
            key.seal(
                &borrowing.storage, header: 0..<13, payload: payload, borrowed: borrowing.borrowed,
                packetNumber: number)
            borrowing.returnBorrowed()

            let length = payload.upperBound + PacketKey.tagLength
            let position = borrowing.position
            let (wanted, got) = (
                copying.storage.array(0..<length), borrowing.storage.array(0..<length)
            )
            #expect(isLent && position == payload.upperBound)
            #expect(wanted == got)
        }
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
