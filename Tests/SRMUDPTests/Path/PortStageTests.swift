import Testing

@testable import SRMUDP

@Suite struct PortStageTests {
    private static let server = SocketAddress(IPAddress(ipv4: 0xc000_0201), port: 9_000)

    private static func report(ports: [UInt16]) -> NetworkReport {
        var report = NetworkReport(server: server)
        report.mapping = Set(ports).count == 1 ? .endpointIndependent : .portDependent
        report.observations = ports.enumerated().map { index, port in
            .init(
                server: SocketAddress(server.ip, port: 9_000 + UInt16(index)),
                observed: SocketAddress(IPAddress(ipv4: 0xc633_6401), port: port))
        }
        return report
    }

    @Test("a NAT that counts needs few sockets, one that does not many, another one none")
    func counts() throws {
        let counting = try #require(PortStage(Self.report(ports: [30_001, 30_002]), budget: 1_024))
        #expect(counting.isCounting && counting.count == 32 && counting.hint.port == 30_003)
        #expect(counting.candidates.map(\.kind) == [.predicted, .anyPort])

        let random = try #require(PortStage(Self.report(ports: [30_001, 52_777]), budget: 1_024))
        #expect(!random.isCounting && random.count == 256)
        #expect(random.candidates.map(\.kind) == [.anyPort])

        #expect(PortStage(Self.report(ports: [30_001, 30_001]), budget: 1_024) == nil)
    }

    @Test("the budget bounds the sockets, and too little of it is not begun with")
    func budget() {
        let report = Self.report(ports: [30_001, 52_777])

        #expect(PortStage(report, budget: 100)?.count == 100)
        #expect(PortStage(report, budget: 7) == nil)
        #expect(PortStage(report, budget: 0) == nil)
    }

    @Test("the peer is expected where a server saw it, not in its own network or behind our NAT")
    func remote() throws {
        let hint = SocketAddress(IPAddress(ipv4: 0xc633_6401), port: 30_000)
        let host = Candidate(.host, SocketAddress(IPAddress(ipv4: 0xc0a8_0102), port: 7_000))
        let seen = Candidate(.reflexive, SocketAddress(IPAddress(ipv4: 0xcb00_7101), port: 7_000))
        let neighbour = Candidate(.reflexive, SocketAddress(hint.ip, port: 7_000))
        let ipv6 = try Candidate(.host, #require(SocketAddress("[2001:db8::1]:7000")))

        #expect(PortStage.remote(among: [ipv6, host, seen], near: hint) == seen.address)
        #expect(PortStage.remote(among: [ipv6, host, neighbour], near: hint) == nil)
    }
}
