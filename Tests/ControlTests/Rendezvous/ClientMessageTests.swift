import SRMUDP
import Testing

@testable import Control

@Suite struct ClientMessageTests {
    @Test("each message has the bytes of its layout", arguments: MessageSamples.client.indices)
    func vectors(index: Int) throws {
        let (message, bytes) = MessageSamples.client[index]

        #expect(message.encoded == bytes)
        #expect(try ClientMessage(decoding: bytes) == message)
        #expect(message.kind.rawValue == bytes[0])
    }

    @Test("there is a vector of each type")
    func completeness() {
        let kinds = Set(MessageSamples.client.map(\.0.kind))

        #expect(kinds == Set(ClientMessage.Kind.allCases))
    }

    @Test("a message that is cut or continued is refused", arguments: MessageSamples.client.indices)
    func length(index: Int) {
        let bytes = MessageSamples.client[index].1
        for count in 1..<bytes.count {
            #expect(throws: MessageError.malformed(type: bytes[0]), "\(count) bytes") {
                try ClientMessage(decoding: [UInt8](bytes.prefix(count)))
            }
        }
        #expect(throws: MessageError.malformed(type: bytes[0])) {
            try ClientMessage(decoding: bytes + [0])
        }
    }

    static let malformed: [[UInt8]] = [
        // A reserved flag; a label of 65 bytes; one that is not UTF-8; one that rings a bell.
        [1, 1, 2, 0],
        [1, 1, 0, 65] + [UInt8](repeating: 0x61, count: 65),
        [1, 1, 0, 1, 0xff],
        [1, 1, 0, 1, 7],
        // A status that an answer cannot have; an ending that is for the server to say.
        [3, 0, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0],
        [9, 0, 0, 0, 0, 0, 0, 0, 1, 1],
        [9, 0, 0, 0, 0, 0, 0, 0, 1, 99],
        // No token; no time; too long; no use; too many.
        [4] + MessageSamples.noToken,
        [6, 0, 0, 0, 0, 1],
        [6, 0, 1, 0x51, 0x81, 1],
        [6, 0, 0, 0, 9, 0],
        [6, 0, 0, 0, 9, 17],
        // Sealed candidates of 2049 bytes; a pairing message of 4081.
        [3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 8, 1] + [UInt8](repeating: 0, count: 2049),
        [7, 0, 0, 0, 1, 0x0f, 0xf1] + [UInt8](repeating: 0, count: 4081),
    ]

    @Test("values that no client may send are refused", arguments: malformed)
    func values(bytes: [UInt8]) {
        #expect(throws: MessageError.malformed(type: bytes[0])) {
            try ClientMessage(decoding: bytes)
        }
    }

    @Test("an unknown type, nothing at all, and another version are told apart")
    func kinds() {
        #expect(throws: MessageError.unknownType(0x81)) { try ClientMessage(decoding: [0x81]) }
        #expect(throws: MessageError.malformed(type: 0)) { try ClientMessage(decoding: []) }
        #expect(throws: MessageError.unsupportedVersion(2)) {
            try ClientMessage(decoding: [1, 2, 77, 78])
        }
    }

    @Test("the largest of each fits into a message")
    func largest() throws {
        let blob = [UInt8](repeating: 1, count: MessageLimits.blob)
        let sealed = [UInt8](repeating: 1, count: MessageLimits.sealedCandidates)
        let label = String(repeating: "ü", count: 40)
        let largest: [ClientMessage] = [
            .hello(isCallable: true, label: label),
            .call(CallID(1), callee: MessageSamples.key, wantsRelay: true, sealed: sealed),
            .join(Nameplate(1), first: blob),
            .post(MailboxID(1), party: 255, blob),
        ]

        for message in largest {
            #expect(message.encoded.count <= MessageLimits.message)
            #expect(throws: Never.self) { try ClientMessage(decoding: message.encoded) }
        }
        let cut = try ClientMessage(decoding: largest[0].encoded)
        #expect(cut == .hello(isCallable: true, label: String(repeating: "ü", count: 32)))
    }
}
