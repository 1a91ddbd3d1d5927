import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

@Suite struct WebSocketConnectionTests {
    private static func connection(
        _ role: WebSocketConnection.Role, limits: WebSocketLimits = WebSocketLimits()
    ) -> WebSocketConnection {
        WebSocketConnection(role, random: SeededRandomSource(seed: 3), limits: limits)
    }

    /// A frame as a client or a server sends it.
    private static func frame(
        _ first: UInt8, _ payload: [UInt8] = [], masked: Bool = true
    ) -> [UInt8] {
        let length: [UInt8] =
            switch payload.count {
            case ..<126: [UInt8(payload.count)]
            case ..<65_536: [126, UInt8(payload.count >> 8), UInt8(payload.count & 0xff)]
            default: [127] + (0..<8).map { UInt8(payload.count >> (56 - 8 * $0) & 0xff) }
            }
        guard masked else { return [first] + length + payload }
        let mask: [UInt8] = [0x37, 0xfa, 0x21, 0x3d]
        let body = payload.enumerated().map { $0.element ^ mask[$0.offset % 4] }
        return [first, length[0] | 0x80] + length[1...] + mask + body
    }

    private enum Seen: Equatable {
        case message(WebSocketMessage.Kind, [UInt8])
        case event(WebSocketEvent)
    }

    /// Feeds `bytes` in pieces and returns all that happened.
    private static func feed(
        _ connection: WebSocketConnection, _ bytes: [UInt8], piece: Int = .max
    ) -> [Seen] {
        var seen: [Seen] = []
        var offset = 0
        while offset < bytes.count {
            let end = offset + min(piece, bytes.count - offset)
            connection.incoming.append([UInt8](bytes[offset..<end]))
            offset = end
            while let event = connection.nextEvent() {
                if case .message(let message) = event {
                    let range = connection.messageRange
                    seen.append(.message(message.kind, connection.incoming.storage.array(range)))
                } else {
                    seen.append(.event(event))
                }
            }
        }
        return seen
    }

    /// The close code in `outgoing`, where nothing but a close frame is.
    private static func sentCode(_ connection: WebSocketConnection) -> UInt16? {
        let bytes = connection.outgoing.storage.array(connection.outgoing.waiting)
        guard bytes.count >= 4, bytes[0] == 0x88, bytes[1] & 0x80 == 0 else { return nil }
        return UInt16(bytes[2]) << 8 | UInt16(bytes[3])
    }

    @Test("RFC 6455 section 5.7", arguments: [1, 2, 3, Int.max])
    func published(piece: Int) {
        let hello = [UInt8]("Hello".utf8)
        let toServer: [UInt8] = [
            0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58, 0x8a, 0x85, 0x37,
            0xfa,
            0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
        ]
        let toClient: [UInt8] = [
            0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02,
            0x6c,
            0x6f, 0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f,
        ]
        let (server, client) = (Self.connection(.server), Self.connection(.client))

        #expect(
            Self.feed(server, toServer, piece: piece) == [
                .message(.text, hello), .event(.pong(payload: hello)),
            ])
        #expect(
            Self.feed(client, toClient, piece: piece) == [
                .message(.text, hello), .message(.text, hello), .event(.ping),
            ])
    }

    @Test(
        "messages of any length arrive as they were, both ways and in any pieces",
        arguments: [0, 1, 125, 126, 65_535, 65_536, 200_000], [1_000, 65_536, Int.max])
    func lengths(length: Int, piece: Int) {
        let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 2) }
        let (server, client) = (Self.connection(.server), Self.connection(.client))

        client.send(WebSocketMessage(kind: .binary), payload.span.bytes)
        client.send(WebSocketMessage(kind: .text), ([0x41] as [UInt8]).span.bytes)
        let sent = client.takeSent()
        let arrived = Self.feed(server, sent, piece: piece)
        server.send(ByteStorage(payload), 0..<length)
        let answer = server.takeSent()

        // Compared here, because a failure would print hundreds of kilobytes.
        let isSame = arrived == [.message(.binary, payload), .message(.text, [0x41])]
        let isAnswerSame =
            Self.feed(client, answer, piece: piece) == [.message(.binary, payload)]
        let isMasked = length < 8 || !sent.contains(payload.prefix(8))
        #expect(isSame)
        #expect(isAnswerSame)
        #expect(isMasked)
    }

    @Test("fragments become one message, with control frames between them", arguments: [1, 7, 999])
    func fragments(piece: Int) {
        let server = Self.connection(.server)
        let bytes =
            Self.frame(0x01, [0xe2]) + Self.frame(0x89, [1]) + Self.frame(0x00)
            + Self.frame(0x00, [0x82]) + Self.frame(0x8a) + Self.frame(0x80, [0xac, 0x21])

        let seen = Self.feed(server, bytes, piece: piece)

        #expect(
            seen == [
                .event(.ping), .event(.pong(payload: [])), .message(.text, [UInt8]("€!".utf8)),
            ])
        #expect(server.takeSent() == [0x8a, 1, 1])
    }

    @Test(
        "row 50: a broken rule ends it with 1002",
        arguments: [
            (frame(0x81, [0x41], masked: false), WebSocketError.unmaskedFrame),
            (frame(0xc1, [0x41]), .reservedBits), (frame(0xa1), .reservedBits),
            (frame(0x91), .reservedBits), (frame(0x83), .unknownOpcode(3)),
            (frame(0x8b), .unknownOpcode(11)), (frame(0x09), .fragmentedControl),
            (frame(0x89, [UInt8](repeating: 0, count: 126)), .longControl),
            (frame(0x80), .unexpectedContinuation), (frame(0x00), .unexpectedContinuation),
            (frame(0x01) + frame(0x81), .missingContinuation),
            (frame(0x01) + frame(0x02), .missingContinuation),
            (frame(0xc9), .reservedBits),
        ])
    func brokenRules(bytes: [UInt8], expected: WebSocketError) {
        let server = Self.connection(.server)

        let seen = Self.feed(server, bytes + Self.frame(0x81, [0x41]))

        #expect(seen == [.event(.failed(expected))])
        #expect(server.state == .closed)
        #expect(Self.sentCode(server) == 1002)
    }

    @Test("a masked frame from a server breaks the rules, too")
    func maskedServer() {
        let client = Self.connection(.client)

        #expect(Self.feed(client, Self.frame(0x81)) == [.event(.failed(.maskedFrame))])
    }

    @Test(
        "row 51: a length that is too long or not in its shortest form ends it, and takes no memory"
    )
    func badLengths() {
        let cases: [([UInt8], WebSocketError, UInt16)] = [
            ([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0], .impossibleLength, 1002),
            ([0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 1, 2, 3, 4], .messageTooLong, 1009),
            ([0x82, 0xff, 0, 0, 0, 0, 0, 16, 0, 1, 1, 2, 3, 4], .messageTooLong, 1009),
            ([0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff], .lengthNotMinimal, 1002),
            ([0x82, 0xfe, 0, 125], .lengthNotMinimal, 1002),
        ]
        for (bytes, expected, code) in cases {
            let server = Self.connection(.server)

            let seen = Self.feed(server, bytes)

            #expect(seen == [.event(.failed(expected))])
            #expect(Self.sentCode(server) == code)
            #expect(server.incomingCapacity <= 64)
        }
    }

    @Test("row 51: a long message takes memory only as it comes")
    func slowMessage() {
        let server = Self.connection(.server)

        let seen = Self.feed(server, [0x82, 0xff, 0, 0, 0, 0, 0, 15, 0, 0, 1, 2, 3, 4, 5])

        #expect(seen.isEmpty)
        #expect(server.incomingCapacity <= 64)
    }

    @Test("row 52: bad UTF-8 ends it with 1007 at the first bad byte")
    func badText() {
        let server = Self.connection(.server)
        let start = Self.feed(server, Self.frame(0x01, [0x41, 0xf4]))
        let bad = Self.frame(0x00, [0x90, 0x80, 0x80, 0x80])

        let seen = Self.feed(server, [UInt8](bad.prefix(7)))

        #expect(start.isEmpty)
        #expect(seen == [.event(.failed(.invalidUTF8))])
        #expect(Self.sentCode(server) == 1007)
        let cut = Self.connection(.server)
        #expect(Self.feed(cut, Self.frame(0x81, [0xe2, 0x82])) == [.event(.failed(.invalidUTF8))])
        let binary = Self.connection(.server)
        #expect(Self.feed(binary, Self.frame(0x82, [0xff])) == [.message(.binary, [0xff])])
    }

    @Test("row 52: a close code that may not be sent ends it with 1002")
    func badCloseCodes() {
        for code: UInt16 in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535] {
            let server = Self.connection(.server)
            let payload = [UInt8(code >> 8), UInt8(code & 0xff)]

            let seen = Self.feed(server, Self.frame(0x88, payload))

            #expect(seen == [.event(.failed(.invalidClose))], "\(code)")
            #expect(Self.sentCode(server) == 1002)
        }
        let short = Self.connection(.server)
        #expect(Self.feed(short, Self.frame(0x88, [3])) == [.event(.failed(.invalidClose))])
        let text = Self.connection(.server)
        let seen = Self.feed(text, Self.frame(0x88, [0x03, 0xe8, 0xff]))
        #expect(seen == [.event(.failed(.invalidUTF8))])
    }

    @Test("row 53: a message of too many fragments ends it")
    func manyFragments() {
        let server = Self.connection(.server)
        let bytes = Self.frame(0x01) + (0..<2000).flatMap { _ in Self.frame(0x00) }

        let seen = Self.feed(server, bytes)

        #expect(seen == [.event(.failed(.tooManyFragments))])
        #expect(Self.sentCode(server) == 1009)
    }

    @Test("row 53: the pongs of a flood of pings do not pile up when the peer does not read")
    func pingFlood() {
        let server = Self.connection(.server)
        for number in 0..<10_000 {
            let payload =
                [UInt8(number >> 8), UInt8(number & 0xff)] + [UInt8](repeating: 7, count: 60)
            #expect(Self.feed(server, Self.frame(0x89, payload)) == [.event(.ping)])
        }
        let size = server.outgoing.count

        server.outgoing.skip(size)
        server.flushPong()
        let last = server.takeSent()

        #expect(size < 5_000)
        #expect(last.starts(with: [0x8a, 62, 0x27, 0x0f]))
        #expect(server.incomingCapacity <= 4096)
    }

    @Test("fragments of a long message take their own room and not that of their headers")
    func longMessage() {
        let server = Self.connection(.server)
        let fragment = [UInt8](repeating: 9, count: 1000)
        var seen = Self.feed(server, Self.frame(0x02, fragment))
        for _ in 0..<500 {
            seen += Self.feed(
                server, Self.frame(0x00, fragment) + Self.frame(0x8a, fragment.dropLast(900)))
        }
        seen += Self.feed(server, Self.frame(0x80))

        #expect(seen.last == .message(.binary, [UInt8](repeating: 9, count: 501_000)))
        #expect(server.incomingCapacity <= 1_100_000)
    }

    @Test("a close of the peer is answered, and nothing follows")
    func peerCloses() {
        let server = Self.connection(.server)
        let close = Self.frame(0x88, [0x0f, 0xa0] + "bye".utf8)

        let seen = Self.feed(server, close + Self.frame(0x81, [0x41]))
        server.send(ByteStorage([1]), 0..<1)
        server.close()

        let expected = WebSocketClose(WebSocketClose.Code(rawValue: 4000), reason: "bye")
        #expect(seen == [.event(.closed(expected))])
        #expect(server.takeSent() == [0x88, 2, 0x0f, 0xa0])
    }

    @Test("a close without a code is answered by one without a code")
    func emptyClose() {
        let server = Self.connection(.server)

        #expect(Self.feed(server, Self.frame(0x88)) == [.event(.closed(WebSocketClose(nil)))])
        #expect(server.takeSent() == [0x88, 0])
    }

    @Test("after our close, messages still arrive until the peer has answered")
    func weClose() {
        let server = Self.connection(.server)

        server.close(.goingAway, reason: "so long")
        server.send(ByteStorage([1]), 0..<1)
        let sent = server.takeSent()
        let seen = Self.feed(
            server, Self.frame(0x81, [0x41]) + Self.frame(0x89) + Self.frame(0x88, [3, 0xe9]))

        #expect(sent == [0x88, 9, 3, 0xe9] + "so long".utf8)
        #expect(
            seen == [
                .message(.text, [0x41]), .event(.ping),
                .event(.closed(WebSocketClose(.goingAway))),
            ])
        #expect(!server.hasOutgoing)
        #expect(server.state == .closed)
    }

    @Test("a long reason is cut between characters")
    func longReason() throws {
        let close = WebSocketClose(.normal, reason: String(repeating: "€", count: 50))

        let payload = close.payload

        #expect(payload.count == 125)
        #expect(try WebSocketClose(payload: payload).reason == String(repeating: "€", count: 41))
    }

    @Test("every mask is another one")
    func masks() {
        let client = Self.connection(.client)
        var seen: Set<[UInt8]> = []
        for _ in 0..<200 {
            client.send(ByteStorage([0]), 0..<1)
            seen.insert([UInt8](client.takeSent()[2..<6]))
        }

        #expect(seen.count == 200)
    }
}
