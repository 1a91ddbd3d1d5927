import TestSupport
import Testing

@testable import SRMUDP

@Suite("Probe datagrams")
struct ProbeFormatTests {
    private static let transaction = ProbeTransaction([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])

    private static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: 64 - bytes.count)
    }

    private static var key: PublicKey {
        get throws { try #require(PublicKey([UInt8](0x40..<0x60))) }
    }

    @Test("PROBE is 64 bytes with a transaction", arguments: [false, true])
    func probe(wantsOtherPort: Bool) throws {
        let request = ProbeRequest(
            transaction: Self.transaction, wantsOtherPort: wantsOtherPort)
        let expected = Self.padded(
            [0xf4, 1, wantsOtherPort ? 1 : 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])

        #expect(request.encoded == expected)
        #expect(ProbeRequest(expected) == request)
    }

    @Test("PROBE ANSWER tells an address and a port")
    func probeAnswer() throws {
        let observed = try #require(SocketAddress("203.0.113.7:40000"))
        let answer = ProbeAnswer(
            transaction: Self.transaction, observed: observed, otherPort: 7_071)
        let expected = Self.padded(
            [0xf5, 1, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
                + [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 203, 0, 113, 7, 0x9c, 0x40]
                + [0x1b, 0x9f])

        #expect(answer.encoded == expected)
        #expect(ProbeAnswer(expected) == answer)
        var withoutPort = expected
        withoutPort.replaceSubrange(34..<36, with: [0, 0])
        #expect(try #require(ProbeAnswer(withoutPort)).otherPort == nil)
    }

    @Test("KEY REQUEST and KEY ANSWER share a nonce")
    func keys() throws {
        let request = KeyRequest(nonce: 0x0102_0304_0506_0708)
        let answer = KeyAnswer(nonce: request.nonce, key: try Self.key)
        let requestBytes = Self.padded([0xf8, 1, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8])
        let answerBytes = Self.padded([0xf9, 1, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8] + (0x40..<0x60))

        #expect(request.encoded == requestBytes && KeyRequest(requestBytes) == request)
        #expect(answer.encoded == answerBytes && KeyAnswer(answerBytes) == answer)
    }

    @Test("another length, kind or version is none of them")
    func malformed() throws {
        let good = [
            ProbeRequest(transaction: Self.transaction).encoded,
            ProbeAnswer(
                transaction: Self.transaction, observed: .simulated(host: 1), otherPort: nil
            ).encoded,
            KeyRequest(nonce: 1).encoded, KeyAnswer(nonce: 1, key: try Self.key).encoded,
        ]
        func read(_ datagram: [UInt8]) -> [Bool] {
            [
                ProbeRequest(datagram) != nil, ProbeAnswer(datagram) != nil,
                KeyRequest(datagram) != nil, KeyAnswer(datagram) != nil,
            ]
        }

        for (index, datagram) in good.enumerated() {
            #expect(read(datagram) == good.indices.map { $0 == index })
            for length in 0..<64 { #expect(!read(Array(datagram.prefix(length))).contains(true)) }
            #expect(!read(datagram + [0]).contains(true))
            var otherVersion = datagram
            otherVersion[1] = 2
            #expect(!read(otherVersion).contains(true))
            // Room for later additions.
            var extended = datagram
            extended[63] = 1
            extended[3] = 1
            #expect(read(extended) == read(datagram))
        }
    }
}
