import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

@Suite("WebSocketMessenger", .serialized)
struct WebSocketMessengerTests {
    /// What a messenger told.
    private final class Record {
        var messages: [(kind: WebSocketMessage.Kind, bytes: [UInt8])] = []
        var closes: [WebSocketClose?] = []
        var drainCount = 0

        init(of messenger: WebSocketMessenger) {
            messenger.received = { [unowned self] in messages.append(($0, $1)) }
            messenger.closed = { [unowned self] in closes.append($0) }
            messenger.drained = { [unowned self] in drainCount += 1 }
        }
    }

    @Test("messages pass both ways, also those sent right behind the request")
    func messages() throws {
        let world = try HTTPWorld()
        let client = try world.connect()
        client.send([UInt8](HTTPTestClient.upgrade.utf8) + [0x81, 0x81, 0, 0, 0, 0, 0x41])
        _ = try client.head()
        let messenger = try #require(world.messengers.first)
        let record = Record(of: messenger)
        client.send(frame: 0x02, [1, 2])
        client.send(frame: 0x80, [3])
        try world.run { record.messages.count >= 1 && record.messages.last?.bytes.count == 3 }

        messenger.send("grüße")
        messenger.send(.binary, [9])

        #expect(try client.bytes(9) == [0x81, 7] + "grüße".utf8)
        #expect(try client.bytes(3) == [0x82, 1, 9])
        #expect(record.messages.last?.bytes == [1, 2, 3])
        #expect(record.messages.last?.kind == .binary)
    }

    @Test("a close of the peer is answered and told once")
    func peerCloses() throws {
        let world = try HTTPWorld()
        let (client, messenger) = try world.openWebSocket()
        let record = Record(of: messenger)

        client.send(frame: 0x88, [0x03, 0xe8] + "bye".utf8)
        try world.run { !record.closes.isEmpty }

        #expect(record.closes == [WebSocketClose(.normal, reason: "bye")])
        #expect(try client.bytes(4) == [0x88, 2, 0x03, 0xe8])
        client.socket.close()
        try world.run { world.server.clientCount == 0 }
    }

    private static let goingAway: [UInt8] = [0x88, 3, 0x03, 0xe9, 0x78]

    @Test("our close is followed by the peer's, and what comes between is thrown away")
    func weClose() throws {
        let world = try HTTPWorld()
        let (client, messenger) = try world.openWebSocket()
        let record = Record(of: messenger)

        messenger.close(.goingAway, reason: "x")
        client.send(frame: 0x82, [1])
        client.send(frame: 0x88, [0x03, 0xe9])
        try world.run { !record.closes.isEmpty }
        messenger.send("late")

        #expect(record.closes == [WebSocketClose(.goingAway)])
        #expect(record.messages.isEmpty)
        #expect(try client.all() == String(decoding: Self.goingAway, as: UTF8.self))
    }

    @Test("a peer that does not answer our close, or vanishes, is told of, too")
    func noClose() throws {
        var configuration = HTTPServer.Configuration()
        configuration.webSocketTiming.closeLimit = .milliseconds(20)
        let world = try HTTPWorld(configuration: configuration)
        let (mute, first) = try world.openWebSocket()
        let (client, second) = try world.openWebSocket()
        let records = [Record(of: first), Record(of: second)]

        first.close(.normal, reason: "a")
        client.socket.abort()
        try world.run { records.allSatisfy { !$0.closes.isEmpty } }

        #expect(records[0].closes == [WebSocketClose(.normal, reason: "a")])
        #expect(records[1].closes == [nil])
        #expect(mute.socket.isOpen)
    }

    /// Frames of clients, and the code of the close that answers them.
    private static let brokenFrames: [([UInt8], UInt16)] = [
        ([0x81, 0x01, 0x41], 1002), ([0xc1, 0x80, 0, 0, 0, 0], 1002),
        ([0x83, 0x80, 0, 0, 0, 0], 1002), ([0x09, 0x80, 0, 0, 0, 0], 1002),
        ([0x89, 0xfe, 0, 126, 0, 0, 0, 0], 1002), ([0x80, 0x80, 0, 0, 0, 0], 1002),
        ([0x01, 0x80, 0, 0, 0, 0, 0x81, 0x80, 0, 0, 0, 0], 1002),
        ([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1002),
        ([0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1009),
        ([0x82, 0xfe, 0, 5, 0, 0, 0, 0], 1002),
        ([0x01, 0x81, 0, 0, 0, 0, 0xc0], 1007),
        ([0x88, 0x81, 0, 0, 0, 0, 3], 1002), ([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xed], 1002),
    ]

    @Test("rows 50 to 52: broken rules end it with their code", arguments: brokenFrames)
    func brokenRules(frames: [UInt8], code: UInt16) throws {
        let world = try HTTPWorld()
        let (client, messenger) = try world.openWebSocket()
        let record = Record(of: messenger)

        client.send(frames)
        let close = try client.bytes(4)
        try world.run { !record.closes.isEmpty }

        #expect(close[0] == 0x88)
        #expect([close[2], close[3]] == [UInt8(code >> 8), UInt8(code & 0xff)])
        #expect(record.closes.first??.code?.rawValue == code)
        #expect(record.messages.isEmpty)
    }

    @Test("row 53: too many fragments end it")
    func fragments() throws {
        let world = try HTTPWorld()
        let (client, messenger) = try world.openWebSocket()
        let record = Record(of: messenger)

        client.send(frame: 0x01, [])
        for _ in 0..<1_100 { client.send(frame: 0x00, []) }
        try world.run { !record.closes.isEmpty }

        #expect(record.closes.first??.code == .tooLong)
    }

    @Test("row 53: a flood of pings of one who does not read takes no memory")
    func pings() throws {
        let world = try HTTPWorld()
        let (client, messenger) = try world.openWebSocket()
        let ping: [UInt8] = [0x89, 0xfd, 0, 0, 0, 0] + [UInt8](repeating: 7, count: 125)
        let flood = [UInt8]([[UInt8]](repeating: ping, count: 1_000).joined())
        var rest = flood[...]
        for _ in 0..<400 {
            rest = rest.dropFirst(client.send([UInt8](rest)))
            if rest.isEmpty { rest = flood[...] }
            try world.loop.runTurn(waitingAtMost: .milliseconds(0))
        }

        #expect(messenger.queuedCount < 8_192)
        #expect(messenger.isOpen)
    }

    @Test("row 53: a client that never reads is dropped at the end of the queue, with a reason")
    func neverReads() throws {
        let world = try HTTPWorld()
        let (client, messenger) = try world.openWebSocket()
        let record = Record(of: messenger)
        let message = [UInt8](repeating: 1, count: 65_536)
        var count = 0

        while messenger.isOpen, count < 1_000 {
            messenger.send(.binary, message)
            count += 1
            #expect(record.closes.isEmpty)
        }
        try world.run { !record.closes.isEmpty }

        #expect(messenger.queuedCount <= messenger.queueLimit + 65_546)
        #expect(record.closes.first??.code == .policyViolation)
        #expect(record.closes.first??.reason == "it does not read what it is sent")
        #expect(record.drainCount == 0)
        #expect(world.server.clientCount == 0)
        #expect(client.socket.isOpen)
    }

    @Test("a sender hears when the queue has drained, once for each time that it was long")
    func drained() throws {
        let world = try HTTPWorld()
        let (client, messenger) = try world.openWebSocket()
        let record = Record(of: messenger)
        var sentCount = 0

        for _ in 0..<2 {
            while messenger.queuedCount < WebSocketMessenger.highMark {
                messenger.send(.binary, [UInt8](repeating: 1, count: 60_000))
                sentCount += 60_004
            }
            let before = record.drainCount
            try world.run {
                client.read()
                return record.drainCount > before
            }
            #expect(messenger.queuedCount <= WebSocketMessenger.lowMark)
        }

        #expect(record.drainCount == 2)
        #expect(try client.bytes(sentCount).count == sentCount)
    }

    @Test("while it is paused nothing is received, and the peer has to wait")
    func paused() throws {
        let world = try HTTPWorld()
        let (client, messenger) = try world.openWebSocket()
        let record = Record(of: messenger)
        messenger.received = { [unowned messenger] in
            record.messages.append(($0, $1))
            messenger.isPaused = true
        }

        for number in 0..<3 { client.send(frame: 0x82, [UInt8(number)]) }
        try world.run { record.messages.count == 1 }
        for _ in 0..<20 { try world.loop.runTurn(waitingAtMost: .milliseconds(1)) }
        #expect(record.messages.count == 1)
        messenger.isPaused = false
        try world.run { record.messages.count == 2 }
        messenger.isPaused = false
        try world.run { record.messages.count == 3 }

        #expect(record.messages.map(\.bytes) == [[0], [1], [2]])
    }

    @Test("a silent peer is pinged, and given up when it does not answer; a paused one is not")
    func silence() throws {
        var configuration = HTTPServer.Configuration()
        configuration.webSocketTiming.pingInterval = .milliseconds(20)
        configuration.webSocketTiming.silenceLimit = .milliseconds(60)
        let world = try HTTPWorld(configuration: configuration)
        let (client, messenger) = try world.openWebSocket()
        let (other, paused) = try world.openWebSocket()
        paused.isPaused = true
        let record = Record(of: messenger)

        try world.run { !record.closes.isEmpty }

        #expect(record.closes == [WebSocketClose(.goingAway, reason: "no sign of life")])
        #expect(try client.bytes(2) == [0x89, 0])
        #expect(paused.isOpen && other.socket.isOpen)
    }

    @Test("closing from within a message is fine, and nothing is received behind it")
    func closeWithin() throws {
        let world = try HTTPWorld()
        let (client, messenger) = try world.openWebSocket()
        let record = Record(of: messenger)
        messenger.received = { [unowned messenger] in
            record.messages.append(($0, $1))
            messenger.close(.normal)
        }

        for number in 0..<3 { client.send(frame: 0x82, [UInt8(number)]) }
        client.send(frame: 0x88, [])
        try world.run { !record.closes.isEmpty }

        #expect(record.messages.map(\.bytes) == [[0]])
    }
}
