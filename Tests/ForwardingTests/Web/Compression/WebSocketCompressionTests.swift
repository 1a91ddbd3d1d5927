import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

@Suite struct WebSocketCompressionTests {
    /// Two ends that have agreed, each with a workspace of its own.
    private struct Pair {
        let client: WebSocketConnection
        let server: WebSocketConnection
        let clientWorkspace: CompressionWorkspace
        let serverWorkspace: CompressionWorkspace

        init(
            _ settings: CompressionSettings = CompressionSettings(threshold: 10),
            answer: String? = nil, limits: WebSocketLimits = WebSocketLimits()
        ) throws {
            let offer = HTTPFields([
                "Sec-WebSocket-Extensions": answer ?? DeflateAgreement.offerText(settings)
            ])
            let elements = try #require(WebSocketExtension.list(in: offer))
            let agreement =
                try answer == nil
                ? DeflateAgreement(offers: elements, settings)
                : DeflateAgreement(answer: elements, to: settings)
            let random = SeededRandomSource(seed: 1)
            client = WebSocketConnection(.client, random: random)
            server = WebSocketConnection(.server, random: random, limits: limits)
            clientWorkspace = CompressionWorkspace(settings)
            serverWorkspace = CompressionWorkspace(settings)
            client.agree(on: agreement, workspace: clientWorkspace)
            server.agree(on: agreement, workspace: serverWorkspace)
        }

        /// Sends a message and returns how many bytes it took, and what arrived.
        static func pass(
            _ message: [UInt8], kind: WebSocketMessage.Kind = .binary,
            from sender: WebSocketConnection, to receiver: WebSocketConnection
        ) -> (sent: [UInt8], arrived: [UInt8]?) {
            sender.send(WebSocketMessage(kind: kind), message.span.bytes)
            let sent = sender.takeSent()
            receiver.incoming.append(sent)
            var arrived: [UInt8]?
            while let event = receiver.nextEvent() {
                guard event == .message(WebSocketMessage(kind: kind)) else { return (sent, nil) }
                arrived = receiver.incoming.storage.array(receiver.messageRange)
            }
            return (sent, arrived)
        }
    }

    private static let text = [UInt8](String(repeating: "a text to compress € ", count: 50).utf8)

    @Test("messages are compressed and expanded in both directions", arguments: [true, false])
    func bothWays(keepsContext: Bool) throws {
        let pair = try Pair(CompressionSettings(threshold: 10, keepsContext: keepsContext))
        for _ in 0..<3 {
            let there = Pair.pass(Self.text, kind: .text, from: pair.client, to: pair.server)
            let back = Pair.pass(Self.text, from: pair.server, to: pair.client)

            #expect(there.arrived == Self.text)
            #expect(there.sent[0] == 0xc1)
            #expect(there.sent.count < 100)
            #expect(back.arrived == Self.text)
            #expect(back.sent[0] == 0xc2)
            #expect(back.sent.count < 100)
        }
    }

    @Test("what came after a message stays behind it when it becomes longer")
    func following() throws {
        let pair = try Pair()
        for _ in 0..<3 { pair.client.send(WebSocketMessage(kind: .text), Self.text.span.bytes) }
        pair.client.ping([7])
        pair.server.incoming.append(pair.client.takeSent())
        var events: [WebSocketEvent] = []
        var isSame = true
        while let event = pair.server.nextEvent() {
            events.append(event)
            guard case .message = event else { continue }
            isSame =
                isSame && pair.server.incoming.storage.array(pair.server.messageRange) == Self.text
        }

        let message = WebSocketEvent.message(WebSocketMessage(kind: .text))
        #expect(events == [message, message, message, .ping])
        #expect(isSame)
    }

    @Test("short, empty and incompressible messages are sent as they are")
    func uncompressed() throws {
        let pair = try Pair()
        let noise = SeededRandomSource(seed: 4).bytes(count: 500)
        for message in [[], Array("aaaaaaaaa".utf8), noise] {
            let there = Pair.pass(message, from: pair.client, to: pair.server)

            #expect(there.sent[0] == 0x82)
            #expect(there.arrived == message)
        }
    }

    @Test("a client that is told to use the smallest window compresses nothing, and expands")
    func smallestWindow() throws {
        let pair = try Pair(
            CompressionSettings(threshold: 10, keepsContext: true),
            answer: "permessage-deflate; client_max_window_bits=8; server_max_window_bits=9")

        let there = Pair.pass(Self.text, from: pair.client, to: pair.server)
        let back = Pair.pass(Self.text, from: pair.server, to: pair.client)

        #expect(there.sent[0] == 0x82)
        #expect(there.arrived == Self.text)
        #expect(back.sent[0] == 0xc2)
        #expect(back.arrived == Self.text)
    }

    @Test("RFC 7692 section 7.2.3.1: a compressed message in two fragments")
    func fragments() throws {
        let pair = try Pair()
        pair.client.incoming.append(
            [0x41, 0x03, 0xf2, 0x48, 0xcd] + [0x89, 0x00] + [0x80, 0x04, 0xc9, 0xc9, 0x07, 0x00])

        #expect(pair.client.nextEvent() == .ping)
        #expect(pair.client.nextEvent() == .message(WebSocketMessage(kind: .text)))
        #expect(
            pair.client.incoming.storage.array(pair.client.messageRange)
                == [UInt8]("Hello".utf8))
    }

    @Test("the mark of compression stands on no other frame than the first of a message")
    func marks() throws {
        for bytes: [UInt8] in [[0xc9, 0], [0xc8, 0], [0x41, 0, 0xc0, 0], [0xe1, 0]] {
            let pair = try Pair()
            pair.client.incoming.append(bytes)

            #expect(pair.client.nextEvent() == .failed(.reservedBits))
        }
    }

    @Test("what is wrong with a compressed message is told to its sender")
    func failures() throws {
        let bomb = Self.compressed([UInt8](repeating: 0, count: 300_000))
        let zeros = Self.compressed([UInt8](repeating: 0, count: 3_000))
        let cases: [(UInt8, [UInt8], WebSocketError, UInt16)] = [
            (0xc2, [0xff, 0xff], .malformedCompression, 1007),
            (0xc1, Self.compressed([0x41, 0xc0]), .invalidUTF8, 1007),
            (0xc2, bomb, .implausibleLength, 1008),
            (0xc2, zeros, .messageTooLong, 1009),
        ]
        for (first, payload, expected, code) in cases {
            let limit = expected == .messageTooLong ? 2_000 : 1 << 20
            let pair = try Pair(limits: WebSocketLimits(messageLength: limit))
            let mask: [UInt8] = [0, 0, 0, 0]
            let count = payload.count
            let length: [UInt8] =
                count < 126
                ? [0x80 | UInt8(count)] : [0x80 | 126, UInt8(count >> 8), UInt8(count & 0xff)]
            pair.server.incoming.append([first] + length + mask + payload)

            #expect(pair.server.nextEvent() == .failed(expected))
            #expect(pair.server.nextEvent() == nil)
            let sent = pair.server.takeSent()
            #expect(sent.count >= 4 && sent[0] == 0x88)
            #expect(UInt16(sent[2]) << 8 | UInt16(sent[3]) == code)
            #expect(pair.server.incomingCapacity <= 2 * payload.count + 64)
            #expect(pair.serverWorkspace.queue.storage.count <= 65_536)
            let isEmpty = pair.serverWorkspace.queue.isEmpty
            #expect(isEmpty)
        }
    }

    private static func compressed(_ content: [UInt8]) -> [UInt8] {
        let stream = DeflateStream(level: 9, windowBits: 15)
        var storage = ByteStorage(count: content.count + 64)
        let progress = stream.compress(content.span.bytes, into: &storage, 0..<storage.count)
        return storage.array(0..<progress.produced - 4)
    }

    @Test("one that fails leaves nothing behind for the others of its workspace")
    func neighbours() throws {
        let pair = try Pair()
        let random = SeededRandomSource(seed: 2)
        let neighbour = WebSocketConnection(.server, random: random)
        let agreement = DeflateAgreement(
            offers: [WebSocketExtension(name: "permessage-deflate")],
            CompressionSettings())
        neighbour.agree(on: agreement, workspace: pair.serverWorkspace)
        neighbour.incoming.append([0xc2, 0x83, 0, 0, 0, 0, 0xf2, 0x48, 0xcd])

        #expect(neighbour.nextEvent() == .failed(.malformedCompression))
        let there = Pair.pass(Self.text, from: pair.client, to: pair.server)
        #expect(there.arrived == Self.text)
    }

    @Test("without a context, WebSockets share their streams; with one, each forgets what it sent")
    func memory() throws {
        let workspace = CompressionWorkspace(CompressionSettings())
        #expect(workspace.deflater(windowBits: 9) === workspace.deflater(windowBits: 9))
        #expect(workspace.deflater(windowBits: 9) !== workspace.deflater(windowBits: 10))
        #expect(workspace.sharedInflater() === workspace.sharedInflater())

        let pair = try Pair(CompressionSettings(threshold: 10, keepsContext: true))
        let first = Pair.pass(Self.text, from: pair.server, to: pair.client)
        let second = Pair.pass(Self.text, from: pair.server, to: pair.client)
        pair.server.releaseMemory()
        pair.client.releaseMemory()
        let third = Pair.pass(Self.text, from: pair.server, to: pair.client)

        #expect(second.sent.count < first.sent.count)
        #expect(third.sent.count == first.sent.count)
        #expect(third.arrived == Self.text)
    }

    @Test("a long message leaves no memory in the workspace")
    func longMessage() throws {
        let pair = try Pair()
        let words = (0..<100_000).map { "\($0 &* 7919 % 10_007) " }.joined()

        let there = Pair.pass([UInt8](words.utf8), from: pair.client, to: pair.server)

        let isSame = there.arrived == [UInt8](words.utf8)
        #expect(isSame)
        #expect(pair.serverWorkspace.queue.storage.count <= 65_536)
        #expect(pair.clientWorkspace.queue.storage.count <= 65_536)
        pair.server.releaseMemory()
        #expect(pair.server.incomingCapacity == 0)
    }
}
