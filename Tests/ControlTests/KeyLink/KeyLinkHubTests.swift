import Forwarding
import SRMUDP
import TestSupport
import Testing

@testable import Control

/// Hubs on loopback, on one event loop.
@Suite struct KeyLinkHubTests {
    private static let key = [UInt8]("key:\(TextCoding.base64URL.encode([UInt8](1...32)))".utf8)
    private static let other = [UInt8]("key:\(TextCoding.base64URL.encode([UInt8](2...33)))".utf8)

    @Test("messages go both ways, in order and whole")
    func exchange() throws {
        let world = try KeyLinkWorld()
        let first = try world.open(0, Self.key, to: nil)
        let second = try world.open(1, Self.key, to: 0)
        let large = KeyLinkMessage(.binary, [UInt8](repeating: 9, count: 3 << 20))
        try second.send(KeyLinkMessage(.text, [0x61]))

        try world.run { world.log[0].last == .established && world.log[1].last == .established }
        try second.send(large)
        try second.send(KeyLinkMessage(.text, []))
        try first.send(KeyLinkMessage(.text, [0x62]))
        try world.run { world.received[0].count == 3 && world.received[1].count == 1 }

        #expect(world.received[0] == [.init(.text, [0x61]), large, .init(.text, [])])
        #expect(world.received[1] == [KeyLinkMessage(.text, [0x62])])
        try world.run { first.unconfirmedCount == 0 && second.unconfirmedCount == 0 }
        #expect(world.confirmed[1] > 0)
    }

    @Test("two that call each other meet, by a password that is stretched once")
    func password() throws {
        let world = try KeyLinkWorld()
        let text = [UInt8]("correct horse".utf8)
        _ = try world.open(0, text, to: 1)
        _ = try world.open(1, text, to: 0)

        try world.run { world.log[0].last == .established && world.log[1].last == .established }
    }

    @Test("who has another key is not answered")
    func otherKey() throws {
        let world = try KeyLinkWorld()
        _ = try world.open(0, Self.key, to: nil)
        _ = try world.open(1, Self.other, to: 0)

        try world.run(for: .seconds(2))

        #expect(world.log[0].isEmpty && world.log[1].isEmpty)
    }

    @Test("a paused link leaves messages where they are")
    func pause() throws {
        let world = try KeyLinkWorld()
        let first = try world.open(0, Self.key, to: nil)
        let second = try world.open(1, Self.key, to: 0)
        try world.run { world.log[0].last == .established && world.log[1].last == .established }
        first.isPaused = true
        for _ in 0..<16 {
            try second.send(KeyLinkMessage(.binary, [UInt8](repeating: 1, count: 1 << 20)))
        }
        #expect(throws: KeyLinkSendError.queueFull) {
            for _ in 0..<64 {
                try second.send(KeyLinkMessage(.binary, [UInt8](repeating: 1, count: 1 << 20)))
            }
        }
        try world.run(for: .milliseconds(300))

        #expect(world.received[0].isEmpty && second.queuedCount > KeyLink.lowMark)
        first.isPaused = false
        try world.run { second.unconfirmedCount == 0 }
        #expect(world.drained[1] > 0 && second.queuedCount == 0)
    }

    @Test("the newer of two links with one key and remote end takes over, and the peer follows")
    func takeOver() throws {
        let world = try KeyLinkWorld()
        _ = try world.open(0, Self.key, to: nil)
        _ = try world.open(1, Self.key, to: 0)
        try world.run { world.log[0].last == .established && world.log[1].last == .established }
        let former = world.log[1]

        _ = try world.open(1, Self.key, to: 0)
        try world.run { world.log[1].last == .failed(.takenOver) }
        try world.run { world.log[0].last == .established && world.log[1].last == .established }

        #expect(former == [.established])
        #expect(world.log[0].count == 3)
    }

    @Test("another remote end with the same key is refused")
    func keyInUse() throws {
        let world = try KeyLinkWorld()
        _ = try world.open(0, Self.key, to: 1)

        #expect(throws: KeyLinkError.keyInUse) { try world.open(0, Self.key, to: nil) }
        #expect(world.hubs[0].linkCount == 1)
    }

    @Test("a closed link is lost for its peer, which knows what is uncertain")
    func closing() throws {
        let world = try KeyLinkWorld()
        let first = try world.open(0, Self.key, to: nil)
        let second = try world.open(1, Self.key, to: 0)
        try world.run { world.log[0].last == .established && world.log[1].last == .established }
        first.isPaused = true
        try second.send(KeyLinkMessage(.text, [0x61]))
        try world.run(for: .milliseconds(100))
        first.close()

        try world.run { world.log[1].count == 2 }

        guard case .reconnecting(.lost(.closedByPeer, unconfirmed: 1)) = world.log[1][1] else {
            Issue.record("\(world.log[1])")
            return
        }
        #expect(world.log[0] == [.established], "who closes is not told")
        try second.send(KeyLinkMessage(.text, [0x62]))
        _ = try world.open(0, Self.key, to: nil)
        try world.run { world.received[0] == [KeyLinkMessage(.text, [0x62])] }
    }

    @Test("a third party with the key finds the place taken")
    func thirdParty() throws {
        let world = try KeyLinkWorld(count: 3)
        _ = try world.open(0, Self.key, to: nil)
        _ = try world.open(1, Self.key, to: 0)
        try world.run { world.log[0].last == .established && world.log[1].last == .established }

        _ = try world.open(2, Self.key, to: 0)
        try world.run { world.log[2].last == .waiting(.occupied) }

        #expect(world.log[0] == [.established] && world.log[1] == [.established])
        #expect(world.log[2] == [.waiting(.occupied)])
    }

    @Test("messages that cannot be sent are refused")
    func refusals() throws {
        let world = try KeyLinkWorld()
        let link = try world.open(0, Self.key, to: nil)
        let long = KeyLinkMessage(
            .binary, [UInt8](repeating: 0, count: KeyLinkMessage.longest + 1))

        #expect(throws: KeyLinkSendError.tooLong) { try link.send(long) }
        #expect(throws: KeyLinkSendError.notUTF8) { try link.send(.init(.text, [0xff])) }
        link.close()
        #expect(throws: KeyLinkSendError.closed) { try link.send(.init(.text, [])) }
        #expect(world.hubs[0].linkCount == 0)
    }
}

/// Hubs with a link each, and what their links said.
private final class KeyLinkWorld {
    let loop: EventLoop
    let resolver: Resolver
    private(set) var hubs: [KeyLinkHub] = []
    var log: [[KeyLinkState]]
    var received: [[KeyLinkMessage]]
    var drained: [Int]
    var confirmed: [Int]

    init(count: Int = 2) throws {
        loop = try EventLoop()
        resolver = Resolver(loop: loop)
        log = Array(repeating: [], count: count)
        received = Array(repeating: [], count: count)
        drained = Array(repeating: 0, count: count)
        confirmed = Array(repeating: 0, count: count)
        var options = KeyLinkHub.Options()
        options.listen = SocketAddress(.loopbackIPv4, port: 0)
        for _ in 0..<count {
            hubs.append(
                try KeyLinkHub(
                    options: options, loop: loop, resolver: resolver,
                    random: SystemRandomSource(), logger: .silent))
        }
    }

    /// - Parameter peer: the hub that is called; nil for none.
    func open(_ hub: Int, _ text: [UInt8], to peer: Int?) throws -> KeyLink {
        let remote = peer.flatMap { HostPort(host: "127.0.0.1", port: hubs[$0].address.port) }
        let link = try hubs[hub].open(
            KeyLinkRequest(remote: remote, key: try KeyLinkKey(text: text)))
        link.stateChanged = { [unowned self] in log[hub].append($0) }
        link.received = { [unowned self] in received[hub].append($0) }
        link.drained = { [unowned self] in drained[hub] += 1 }
        link.confirmed = { [unowned self] in confirmed[hub] += 1 }
        return link
    }

    func run(for time: Interval) throws {
        let end = Timeout(loop, time)
        while !end.isOver { try loop.runTurn(waitingAtMost: .milliseconds(50)) }
    }

    func run(until condition: () -> Bool) throws {
        let end = Timeout(loop, .seconds(20))
        while !condition(), !end.isOver { try loop.runTurn(waitingAtMost: .milliseconds(50)) }
        #expect(condition(), "it took too long: \(log)")
    }

    private final class Timeout {
        private(set) var isOver = false

        init(_ loop: EventLoop, _ time: Interval) {
            loop.schedule(after: time) { [weak self] in self?.isOver = true }
        }
    }
}
