import SRMUDP
import TestSupport
import Testing

@testable import Control

/// A mapper, its gateway in the hands of the test, and a simulated clock.
final class PortMapperScene {
    static let start = Instant(nanoseconds: 1_000_000_000)
    static let gateway = IPAddress(ipv4: 0xc0a8_0101)
    static let client = IPAddress(ipv4: 0xc0a8_010b)
    static let external = SocketAddress(IPAddress(ipv4: 0x2d43_0202), port: 5555)
    static let natPMPAddress = bytes("00800000 000003e8 2d430202")
    static let natPMPGrant = bytes("00810000 000003e8 15b315b3 00000e10")

    var now = PortMapperScene.start
    var mapper: PortMapper
    private let source: SocketAddress

    init(
        gateway: IPAddress = PortMapperScene.gateway,
        client: IPAddress = PortMapperScene.client,
        preferring preferred: PortMapping.Dialect = .pcp
    ) {
        source = SocketAddress(gateway, port: PortMapper.gatewayPort)
        mapper = PortMapper(
            gateway: gateway, client: client, internalPort: 5555, preferring: preferred,
            random: SeededRandomSource(seed: 1))
    }

    var mapping: PortMapping? {
        switch mapper.state {
        case .mapped(let mapping), .renewing(let mapping, _): mapping
        case .idle, .asking, .resting, .releasing: nil
        }
    }

    /// Starts and gets a mapping; returns the request for it.
    @discardableResult
    func map() throws -> [UInt8] {
        mapper.start(now: now)
        let request = try #require(transmits().first)
        answer(pcpGrant(to: request))
        _ = events()
        return request
    }

    func answer(_ datagram: [UInt8], from other: SocketAddress? = nil) {
        mapper.handleDatagram(datagram, from: other ?? source, now: now)
    }

    func advanceToTimeout() {
        guard let next = mapper.nextTimeout else { return }
        now = max(now, next)
        mapper.handleTimeout(now: now)
    }

    /// Goes from timeout to timeout, at most a thousand.
    func advance(to isReached: (PortMapper.State) -> Bool) {
        for _ in 0..<1000 where !isReached(mapper.state) { advanceToTimeout() }
    }

    func transmits() -> [[UInt8]] {
        var datagrams: [[UInt8]] = []
        while let datagram = mapper.pollTransmit() { datagrams.append(datagram) }
        return datagrams
    }

    func requests() -> [UPnPRequest] {
        var requests: [UPnPRequest] = []
        while let request = mapper.pollRequest() { requests.append(request) }
        return requests
    }

    func answer(byUPnP answer: UPnPAnswer) { mapper.handleAnswer(answer, now: now) }

    func events() -> [PortMapperEvent] {
        var events: [PortMapperEvent] = []
        while let event = mapper.pollEvent() { events.append(event) }
        return events
    }

    /// What a PCP gateway answers to a MAP request.
    func pcpGrant(
        to request: [UInt8], result: UInt8 = 0, external: SocketAddress = PortMapperScene.external,
        lifetime: UInt32 = 3600, epoch: UInt32 = 1000
    ) -> [UInt8] {
        var writer = ByteWriter(capacity: 60)
        writer.write([2, 0x81, 0, result])
        writer.write(lifetime)
        writer.write(epoch)
        writer.writeZeros(12)
        writer.write(Array(request[24..<42]))
        writer.write(external.port)
        writer.write(external.ip.bytes)
        return writer.array()
    }
}
