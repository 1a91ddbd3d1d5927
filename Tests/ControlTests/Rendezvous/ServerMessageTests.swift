import SRMUDP
import Testing

@testable import Control

@Suite struct ServerMessageTests {
    @Test("each message has the bytes of its layout", arguments: MessageSamples.server.indices)
    func vectors(index: Int) throws {
        let (message, bytes) = MessageSamples.server[index]

        #expect(message.encoded == bytes)
        #expect(try ServerMessage(decoding: bytes) == message)
        #expect(message.kind.rawValue == bytes[0])
    }

    @Test("there is a vector of each type")
    func completeness() {
        let kinds = Set(MessageSamples.server.map(\.0.kind))

        #expect(kinds == Set(ServerMessage.Kind.allCases))
    }

    @Test("a message that is cut or continued is refused", arguments: MessageSamples.server.indices)
    func length(index: Int) {
        let bytes = MessageSamples.server[index].1
        for count in 1..<bytes.count {
            #expect(throws: MessageError.malformed(type: bytes[0]), "\(count) bytes") {
                try ServerMessage(decoding: [UInt8](bytes.prefix(count)))
            }
        }
        #expect(throws: MessageError.malformed(type: bytes[0])) {
            try ServerMessage(decoding: bytes + [0])
        }
    }

    @Test(
        "an observed address to which nobody can send is refused",
        arguments: ["0.0.0.0:9", "192.0.2.1:0", "224.0.0.1:9", "255.255.255.255:9", "[100::1]:9"])
    func observedAddress(text: String) throws {
        let address = try #require(SocketAddress(text))
        let welcome = ServerMessage.Welcome(
            instance: 1, observed: address, otherPort: nil, relays: false, relayRate: 0)

        #expect(throws: MessageError.malformed(type: 0x81)) {
            try ServerMessage(decoding: ServerMessage.welcome(welcome).encoded)
        }
    }

    @Test("unknown statuses and endings, and counters that are no text, are refused")
    func values() {
        let number: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 1]
        let malformed: [[UInt8]] = [
            [0x86] + number + [0], [0x8a] + number + [7], [0x8b, 1] + number + [13],
            [0x84] + MessageSamples.noToken + number + [0], [0x8c, 0, 1, 0xff],
            [0x83] + number + [13] + MessageSamples.noToken + [0, 0],
        ]
        for bytes in malformed {
            #expect(throws: MessageError.malformed(type: bytes[0]), "\(bytes)") {
                try ServerMessage(decoding: bytes)
            }
        }
    }

    @Test("an unknown type and another version are told apart")
    func kinds() {
        #expect(throws: MessageError.unknownType(0x01)) { try ServerMessage(decoding: [0x01]) }
        #expect(throws: MessageError.unsupportedVersion(2)) {
            try ServerMessage(decoding: [0x81, 2])
        }
    }

    @Test("a token shows only the beginning of its digest")
    func tokenText() {
        var mirror = ""
        dump(MessageSamples.token, to: &mirror)

        #expect("\(MessageSamples.token)".count == 8)
        #expect(!"\(MessageSamples.token)".contains("1111"))
        #expect(!mirror.contains("17"))
    }
}
