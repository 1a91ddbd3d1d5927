import Testing

@testable import Control
@testable import SRMUDP

@Suite struct NetcheckReportTests {
    private static let place = SocketAddress(IPAddress(ipv4: 0xc000_0201), port: 7_070)
    private static let gateway = IPAddress(ipv4: 0xc0a8_0101)

    private func report(ports: [UInt16]) throws -> NetcheckReport {
        var network = NetworkReport(server: Self.place)
        network.mapping = Set(ports).count > 1 ? .portDependent : .endpointIndependent
        network.observations = ports.enumerated().map { index, port in
            .init(
                server: SocketAddress(Self.place.ip, port: 7_070 + UInt16(index)),
                observed: SocketAddress(IPAddress(ipv4: 0xc633_6401), port: port))
        }
        var report = NetcheckReport(probeBudget: 77)
        report.servers = [
            .init(
                address: try ServerAddress("rv.example:7070"), report: network,
                datagramSize: 1_472, pathMTU: 1_500)
        ]
        return report
    }

    @Test("the path MTU is told, and what the router does")
    func text() throws {
        var report = try report(ports: [30_000, 30_000])
        let mapping = PortMapping(
            dialect: .natPMP, external: Self.place, expiry: .distantFuture)
        report.routers = [
            .init(gateway: Self.gateway, mapping: mapping),
            .init(gateway: Self.gateway, failure: .noAnswer), .init(gateway: Self.gateway),
        ]

        let text = report.lines.joined(separator: "\n")

        #expect(text.contains("up to 1472 bytes pass (path MTU 1500)"))
        #expect(text.contains("192.168.1.1 forwards 192.0.2.1:7070 to us (NAT-PMP)."))
        #expect(text.contains("192.168.1.1 forwards nothing to us: it answers neither"))
        #expect(text.contains("192.168.1.1 has not answered yet."))
        #expect(!text.contains("--probe-budget"))
    }

    @Test("behind a NAT that takes another port each time the budget is told before it is spent")
    func budget() throws {
        let text = try report(ports: [30_000, 30_001]).lines.joined(separator: "\n")

        #expect(text.contains("77 small datagrams (--probe-budget)"))
    }

    @Test("programs get numbers, and null for what is not known")
    func json() throws {
        var report = try report(ports: [30_000, 30_001])
        report.routers = [.init(gateway: Self.gateway, failure: .noAnswer)]

        #expect(report.json.text.contains("\"pathMTU\":1500"))
        #expect(report.json.text.contains("\"portStep\":1"))
        #expect(report.json.text.contains("\"router\":\"192.168.1.1\",\"protocol\":null"))
        #expect(report.json.text.contains("\"probeBudget\":77"))
    }
}
