import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite("PCPMessage")
struct PCPMessageTests {
    private static let client = IPAddress(ipv4: 0xc0a8_010b)
    private static let nonce = [UInt8]("nonce1234567".utf8)
    /// What another implementation of PCP (miniupnpd 2.3.1) answered to the request below.
    private static let granted = bytes(
        "02810000 00000e10 0000002a 00000000 00000000 00000000 6e6f6e63 65313233 34353637"
            + "11000000 15b315b3 00000000 00000000 0000ffff 2d430202")

    @Test("a MAP request has the layout of RFC 6887")
    func mapRequest() {
        let mapping = PCPMapping(
            nonce: Self.nonce, internalPort: 5555, external: SocketAddress(.anyIPv4, port: 5555))

        let encoded = PCPRequest.map(mapping, client: Self.client, lifetime: 3600).encoded

        #expect(
            encoded
                == bytes(
                    "02010000 00000e10 00000000 00000000 0000ffff c0a8010b"
                        + "6e6f6e63 65313233 34353637 11000000 15b315b3"
                        + "00000000 00000000 0000ffff 00000000"))
    }

    @Test("an ANNOUNCE request is a header alone")
    func announceRequest() {
        let encoded = PCPRequest.announce(client: Self.client).encoded

        #expect(encoded == bytes("02000000 00000000 00000000 00000000 0000ffff c0a8010b"))
    }

    @Test("an answer is read")
    func answer() throws {
        let response = try PCPResponse(parsing: Self.granted)

        #expect(response.opcode == .map)
        #expect(response.result == 0)
        #expect(response.lifetime == 3600)
        #expect(response.epoch == 42)
        #expect(
            response.mapping
                == PCPMapping(
                    nonce: Self.nonce, internalPort: 5555,
                    external: SocketAddress(IPAddress(ipv4: 0x2d43_0202), port: 5555)))
    }

    @Test("options behind the answer are skipped")
    func options() throws {
        let response = try PCPResponse(parsing: Self.granted + [128, 0, 0, 4, 1, 2, 3, 4])

        #expect(response == (try PCPResponse(parsing: Self.granted)))
    }

    @Test("every shorter answer is refused")
    func truncated() {
        for count in Self.granted.indices {
            #expect(throws: WireError.self) {
                try PCPResponse(parsing: Array(Self.granted.prefix(count)))
            }
        }
    }

    @Test(
        "answers that are none of ours are refused",
        arguments: [
            // Another version, a request, another opcode, another protocol.
            (0, UInt8(1)), (1, 0x01), (1, 0x82), (36, 6),
        ])
    func foreign(place: Int, byte: UInt8) {
        var answer = Self.granted
        answer[place] = byte

        #expect(throws: WireError.invalidValue) { try PCPResponse(parsing: answer) }
    }

    @Test("an answer of odd or excessive length is refused")
    func lengths() {
        #expect(throws: WireError.invalidValue) {
            try PCPResponse(parsing: Self.granted + [0])
        }
        #expect(throws: WireError.invalidValue) {
            try PCPResponse(parsing: Self.granted + [UInt8](repeating: 0, count: 1044))
        }
    }
}

/// The bytes of hexadecimal digits, blanks between them being of no account.
func bytes(_ text: String) -> [UInt8] {
    let digits = text.filter { $0 != " " }.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2)
        .map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}
