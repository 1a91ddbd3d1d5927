import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

@Suite("WebSocketFlow", .serialized)
struct WebSocketFlowTests {
    /// A WebSocket client whose flow leads through two sessions to a server.
    fileprivate final class Scene {
        let fixture: Fixture
        let http: HTTPWorld
        let client: HTTPTestClient
        let messenger: WebSocketMessenger
        let channel: WebSocketByteChannel
        private(set) var failures: [WebSocketFlow.Failure] = []
        var reads = true

        init(isEcho: Bool = false, connector: (any TargetConnector)? = nil) throws {
            fixture = try Fixture(isEcho: isEcho, connector: connector)
            fixture.forward.attach(nil)
            http = try HTTPWorld()
            (client, messenger) = try http.openWebSocket()
            channel = WebSocketByteChannel(messenger, loop: http.loop)
        }

        func open() {
            let isOpen = fixture.world.client.open { place in
                WebSocketFlow.opening(fixture.target, channel: channel, at: place) {
                    [unowned self] in
                    failures.append($0)
                }
            }
            #expect(isOpen)
        }

        func run(
            until condition: () -> Bool, sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            try fixture.world.run(sourceLocation: sourceLocation) {
                turn()
                return condition()
            }
        }

        func turn() {
            do {
                try http.loop.runTurn(waitingAtMost: .zero)
            } catch {
                Issue.record(error)
            }
            if reads { client.read() }
        }

        /// The payloads of the frames that the client got: of binary ones together, and the code of
        /// the close frame.
        var got: (bytes: [UInt8], close: UInt16?) {
            var bytes: [UInt8] = []
            var rest = client.received[...]
            while rest.count >= 2 {
                let first = rest.removeFirst()
                var length = Int(rest.removeFirst())
                let more = length == 126 ? 2 : length == 127 ? 8 : 0
                if more > 0 { length = rest.prefix(more).reduce(0) { $0 << 8 | Int($1) } }
                rest = rest.dropFirst(more)
                let payload = rest.prefix(length)
                rest = rest.dropFirst(length)
                if first == 0x82 { bytes += payload }
                if first == 0x88 {
                    return (bytes, payload.prefix(2).reduce(0) { $0 << 8 | UInt16($1) })
                }
            }
            return (bytes, nil)
        }
    }

    @Test("messages of both kinds are bytes for the target, whose bytes come in binary messages")
    func bothWays() throws {
        let scene = try Scene(isEcho: true)
        scene.client.send(frame: 0x82, [1, 2])
        scene.client.send(frame: 0x81, [0x41])
        scene.open()

        try scene.run { scene.got.bytes.count == 3 }

        #expect(scene.got.bytes == [1, 2, 0x41])
        #expect(scene.failures.isEmpty)
    }

    @Test("the end of the target's stream closes the WebSocket in good order")
    func targetEnds() throws {
        let scene = try Scene()
        scene.open()
        try scene.run { !scene.fixture.peers.isEmpty }

        scene.fixture.peers[0].send([7], end: true)
        try scene.run { scene.got.close != nil }

        #expect(scene.got.bytes == [7])
        #expect(scene.got.close == 1000)
        #expect(scene.failures.isEmpty)
    }

    @Test("the close of the client is the end of what the target gets")
    func clientCloses() throws {
        let scene = try Scene()
        scene.open()

        scene.client.send(frame: 0x82, [1, 2, 3])
        scene.client.send(frame: 0x88, [0x03, 0xe8])
        try scene.run { scene.fixture.peers.first?.hasEnded ?? false }

        #expect(scene.fixture.peers[0].received == [1, 2, 3])
        scene.fixture.peers[0].close()
        try scene.run { scene.fixture.world.client.flowCount == 0 }
        #expect(scene.failures.isEmpty)
    }

    @Test("a client that vanishes resets the flow")
    func clientVanishes() throws {
        let scene = try Scene()
        scene.open()
        try scene.run { !scene.fixture.peers.isEmpty }

        scene.client.socket.abort()
        scene.reads = false
        try scene.run { scene.fixture.peers[0].isOver }

        #expect(scene.fixture.peers[0].hasFailed)
        #expect(!scene.channel.isOpen)
    }

    @Test("a refusal is told with its reason, and the WebSocket left to its owner")
    func refused() throws {
        let scene = try Scene(connector: RefusingConnector())
        scene.open()

        try scene.run { !scene.failures.isEmpty }

        guard case .refused(let reply) = scene.failures[0] else {
            Issue.record("\(scene.failures)")
            return
        }
        #expect(reply.status != .connected)
        #expect(scene.messenger.isOpen)
        #expect(scene.channel.isAborted)
    }

    @Test("a reset of the target is told")
    func targetResets() throws {
        let scene = try Scene()
        scene.open()
        try scene.run { !scene.fixture.peers.isEmpty }

        scene.fixture.peers[0].abort()
        try scene.run { !scene.failures.isEmpty }

        #expect(scene.failures == [.broken(.reset(by: .far))])
        #expect(scene.messenger.isOpen)
    }

    @Test("a flow that its user ends tells so, once")
    func cancelled() throws {
        let scene = try Scene()
        scene.open()
        try scene.run { scene.fixture.world.client.flowList.first?.isConnected ?? false }

        let flow = try #require(scene.fixture.world.client.flowList.first)
        #expect(scene.fixture.world.client.close(flow: flow.stream))
        try scene.run { scene.fixture.world.client.flowCount == 0 }

        #expect(scene.failures == [.broken(.cancelled)])
    }

    @Test("a client that does not read stops the target, and nothing is lost")
    func slowClient() throws {
        let scene = try Scene()
        let piece = SeededRandomSource(seed: 9).bytes(count: 1 << 20)
        var content: [UInt8] = []
        for _ in 0..<32 { content += piece }
        scene.open()
        try scene.run { !scene.fixture.peers.isEmpty }
        scene.reads = false

        scene.fixture.peers[0].send(content, end: true)
        try scene.fixture.world.settle {
            scene.turn()
            return scene.fixture.peers[0].unsentBytes
        }

        #expect(scene.fixture.peers[0].unsentBytes > 0)
        #expect(scene.messenger.queuedCount <= WebSocketMessenger.highMark + (256 << 10))
        scene.reads = true
        try scene.run { scene.client.received.count >= content.count && scene.got.close != nil }
        let isWhole = scene.got.bytes == content
        #expect(isWhole)
    }

    @Test("a target that does not read stops the client, and nothing is lost")
    func slowTarget() throws {
        let scene = try Scene()
        let piece = SeededRandomSource(seed: 10).bytes(count: 60_000)
        scene.open()
        try scene.run { !scene.fixture.peers.isEmpty }
        scene.fixture.peers[0].pause()

        var sentCount = 0
        var isStuck = false
        for _ in 0..<2_000 where !isStuck {
            // Whole frames only: the system took as much as fits, and the rest is sent again.
            isStuck = !scene.send(piece)
            if !isStuck { sentCount += 1 }
            var turns = 0
            try scene.run {
                turns += 1
                return turns > 4
            }
        }

        #expect(isStuck)
        #expect(scene.messenger.isPaused)
        scene.fixture.peers[0].resume()
        try scene.run { scene.fixture.peers[0].received.count >= sentCount * piece.count }
        #expect(scene.fixture.peers[0].received.prefix(piece.count).elementsEqual(piece))
    }
}

extension WebSocketFlowTests.Scene {
    /// - Returns: false where the system did not take the frame whole.
    fileprivate func send(_ payload: [UInt8]) -> Bool {
        let count = payload.count
        let frame: [UInt8] =
            [0x82, 126 | 0x80, UInt8(count >> 8), UInt8(count & 0xff), 0, 0, 0, 0] + payload
        return client.send(frame) == frame.count
    }
}
