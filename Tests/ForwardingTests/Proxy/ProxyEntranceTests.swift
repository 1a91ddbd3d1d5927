import SRMUDP
import Testing

@testable import Forwarding

@Suite struct ProxyEntranceTests {
    private static let yes: [UInt8] = [5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0]

    private static func no(_ code: UInt8) -> [UInt8] { [5, 0, 5, code, 0, 1, 0, 0, 0, 0, 0, 0] }

    @Test("a client is told yes when the far side is connected, then its bytes go both ways")
    func connected() throws {
        let fixture = try ProxyFixture()
        let server = try fixture.serve()
        // The bytes behind the request come before anybody has said yes.
        let client = try fixture.client(sending: ProxyFixture.socks5(server.port) + [7, 8])

        try fixture.world.run { client.received.count >= 14 }
        client.send([9], end: true)
        try fixture.world.run { client.isOver }

        #expect(client.received == Self.yes + [7, 8, 9])
        #expect(client.hasEnded)
        #expect(fixture.entrance.negotiatingCount == 0)
    }

    @Test("a client that sends byte after byte is served like any other")
    func slowly() throws {
        let fixture = try ProxyFixture()
        let server = try fixture.serve()
        let client = try fixture.client()
        for byte in ProxyFixture.socks5(server.port) + [7] {
            client.send([byte])
            var turns = 0
            try fixture.world.run {
                turns += 1
                return turns > 2
            }
        }

        try fixture.world.run { client.received.count == 13 }

        #expect(client.received == Self.yes + [7])
    }

    @Test(
        "what the far side says is told as it is, and then the connection ends in good order",
        arguments: [
            (OpenReply.Status.notPermitted, 2), (.refused, 5), (.nameNotFound, 4), (.timedOut, 6),
        ] as [(OpenReply.Status, UInt8)])
    func refused(status: OpenReply.Status, code: UInt8) throws {
        let connector = HoldingConnector()
        let fixture = try ProxyFixture(connector: connector)
        let client = try fixture.client(
            sending: ProxyFixture.socks5(80) + [UInt8](repeating: 1, count: 1000))
        try fixture.world.run { connector.attempts.count == 1 && client.received == [5, 0] }

        connector.attempts[0].decide(.refused(OpenReply(status)))
        try fixture.world.run { client.isOver }

        #expect(client.received == Self.no(code))
        #expect(client.hasEnded)
    }

    @Test("the far side is asked for what the client named, as a proxy's client's wish")
    func request() throws {
        let connector = HoldingConnector()
        let fixture = try ProxyFixture(connector: connector)
        let request = "CONNECT EXAMPLE.org:443 HTTP/1.1\r\nHost: a\r\n\r\n"
        let client = try fixture.client(sending: request)

        try fixture.world.run { connector.attempts.count == 1 }

        let target = try #require(HostPort(host: "EXAMPLE.org", port: 443))
        #expect(connector.attempts[0].request == .connect(.tcp(target), isDynamic: true))
        connector.attempts[0].decide(.refused(OpenReply(.timedOut)))
        try fixture.world.run { client.isOver }
        #expect(client.text.hasPrefix("HTTP/1.1 504 Gateway Timeout\r\n"))
    }

    @Test("a client that goes away while it waits has the dial called off")
    func goneWhileConnecting() throws {
        let connector = HoldingConnector()
        let fixture = try ProxyFixture(connector: connector)
        for round in 0..<50 {
            let client = try fixture.client(sending: ProxyFixture.socks5(80))
            try fixture.world.run { connector.attempts.count == round + 1 }
            client.close()
            try fixture.world.run { connector.attempts[round].isCancelled }
        }

        try fixture.world.run { fixture.world.pair.openStreams == 0 }
        #expect(fixture.world.client.flowCount == 0)
    }

    @Test("a client that has sent everything and waits is not taken for one that is gone")
    func halfClosed() throws {
        let fixture = try ProxyFixture()
        let server = try fixture.serve()
        let client = try fixture.client()
        client.send(ProxyFixture.socks5(server.port) + [7], end: true)

        try fixture.world.run { client.isOver }

        #expect(client.received == Self.yes + [7])
    }

    @Test("a client that comes without a session waits for one, but not for ever")
    func withoutSession() throws {
        let fixture = try ProxyFixture(hold: .milliseconds(200), isAttached: false)
        let server = try fixture.serve()
        let first = try fixture.client(sending: ProxyFixture.socks5(server.port))
        try fixture.world.run { first.isOver }
        let second = try fixture.client(sending: ProxyFixture.socks5(server.port))
        try fixture.world.run { fixture.entrance.waitingCount == 1 }
        fixture.forward.attach(fixture.world.client)
        try fixture.world.run { second.received.count == 12 }

        #expect(first.received == Self.no(1))
        #expect(second.received == Self.yes)
    }

    @Test("a session that is lost before it answered is told as a failure")
    func sessionLost() throws {
        let fixture = try ProxyFixture(connector: HoldingConnector())
        let client = try fixture.client(sending: ProxyFixture.socks5(80))
        try fixture.world.run { fixture.world.client.flowCount == 1 }

        fixture.world.client.carrierLost()
        try fixture.world.run { client.isOver }

        #expect(client.received == Self.no(1))
    }

    @Test("more than the window is not read from the client before the far side is connected")
    func backPressure() throws {
        let connector = HoldingConnector()
        let fixture = try ProxyFixture(connector: connector, window: 16 * 1024)
        let client = try fixture.client(sending: ProxyFixture.socks5(80))
        client.send([UInt8](repeating: 1, count: 16 << 20))
        try fixture.world.settle { client.unsentBytes }

        #expect(client.unsentBytes > 1 << 20)
        #expect(fixture.world.pair.highWater < 64 * 1024)
    }

    @Test("whoever does not say what he wants is sent away")
    func negotiationTime() throws {
        var limits = ProxyLimits()
        limits.negotiationTime = .milliseconds(20)
        let fixture = try ProxyFixture(limits: limits)
        let silent = try fixture.client()
        let slow = try fixture.client(sending: [5, 1])

        try fixture.world.run { silent.isOver && slow.isOver }

        #expect(silent.received.isEmpty)
        #expect(fixture.entrance.negotiatingCount == 0)
    }

    @Test("many silent clients shut nobody out")
    func crowd() throws {
        var limits = ProxyLimits()
        limits.negotiatingClients = 8
        let fixture = try ProxyFixture(limits: limits)
        let server = try fixture.serve()
        let silent = try (0..<40).map { _ in try fixture.client(sending: [5]) }

        let client = try fixture.client(sending: ProxyFixture.socks5(server.port))
        try fixture.world.run { client.received == Self.yes }
        try fixture.world.run { silent.count { $0.isOver } >= 32 }

        #expect(fixture.entrance.negotiatingCount <= 8)
    }

    @Test("what is no protocol of a proxy is closed without a word")
    func strangers() throws {
        let fixture = try ProxyFixture()
        let tls = try fixture.client(sending: [0x16, 3, 1, 0, 0])
        let other = try fixture.client(sending: "\0\u{1}")

        try fixture.world.run { tls.isOver && other.isOver }

        #expect(tls.received.isEmpty)
        #expect(other.received.isEmpty)
    }

    private static let wrongPassword: [UInt8] = [5, 1, 2, 1, 3] + "ann".utf8 + [1, 0x61]

    @Test("the answer to a wrong password takes its time")
    func delayedAnswer() throws {
        var limits = ProxyLimits()
        limits.answerDelay = .seconds(3600)
        let fixture = try ProxyFixture(users: try ProxyUsers.samples, limits: limits)

        let client = try fixture.client(sending: Self.wrongPassword)
        try fixture.world.run { fixture.entrance.delayedCount == 1 }
        try fixture.world.settle { client.received.count }

        #expect(client.received.isEmpty)
        #expect(!client.isOver)
    }

    @Test("too many wrong passwords keep their source away")
    func penalty() throws {
        var limits = ProxyLimits()
        limits.answerDelay = .zero
        limits.answerJitter = .zero
        let fixture = try ProxyFixture(users: try ProxyUsers.samples, limits: limits)
        for _ in 0..<3 {
            let client = try fixture.client(sending: Self.wrongPassword)
            try fixture.world.run { client.isOver }
            #expect(client.received == [5, 2, 1, 1])
        }

        // The reset may come before the dialler has looked.
        guard let late = try? fixture.client(sending: [5, 1, 2]) else { return }
        try fixture.world.run { late.isOver }
        #expect(late.received.isEmpty)
    }

    @Test("UDP ASSOCIATE is handed on, or refused where nobody takes it")
    func associate() throws {
        let request: [UInt8] = [5, 1, 0, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0]
        let without = try ProxyFixture()
        let refused = try without.client(sending: request)
        try without.world.run { refused.isOver }
        let with = try ProxyFixture(offersDatagrams: true)
        let client = try with.client(sending: request)
        try with.world.run { client.received.count == 12 }

        #expect(refused.received == Self.no(7))
        #expect(client.received.prefix(10) == [5, 0, 5, 0, 0, 1, 127, 0, 0, 1])
        #expect(client.received.suffix(2) != [0, 0])
    }

    @Test("when the forward ends, clients that wait are told")
    func close() throws {
        let fixture = try ProxyFixture(isAttached: false)
        let waiting = try fixture.client(sending: ProxyFixture.socks5(80))
        let silent = try fixture.client()
        try fixture.world.run {
            fixture.entrance.waitingCount == 1 && fixture.entrance.negotiatingCount == 1
        }

        fixture.forward.close()
        try fixture.world.run { waiting.isOver && silent.isOver }

        #expect(waiting.received == Self.no(1))
    }
}
