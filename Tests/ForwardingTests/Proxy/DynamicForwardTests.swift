import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

@Suite struct DynamicForwardTests {
    @Test(
        "whoever is not on this machine can reach what is not loopback",
        arguments: [
            ("127.0.0.1", false), ("127.9.9.9", false), ("::1", false), ("0.0.0.0", true),
            ("::", true), ("192.0.2.7", true), ("fe80::1", true),
        ])
    func exposure(address: String, isExposed: Bool) throws {
        let ip = try #require(IPAddress(address))

        let one = [SocketAddress(ip, port: 1)]
        #expect(DynamicForward.isExposed(.addresses(one)) == isExposed)
        let both = [SocketAddress(.loopbackIPv4, port: 1)] + one
        #expect(DynamicForward.isExposed(.addresses(both)) == isExposed)
    }

    @Test("a forward that cannot have its port says so")
    func taken() throws {
        let fixture = try ProxyFixture()

        #expect(throws: SystemError.self) {
            try DynamicForward(
                loop: fixture.world.loop, listening: .addresses(fixture.forward.addresses),
                users: nil, hold: .seconds(1), random: SeededRandomSource(seed: 1),
                logger: .silent, report: { _ in })
        }
    }
}
