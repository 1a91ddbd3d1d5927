import SRMUDP

/// What `p2pfwd netcheck` found out.
struct NetcheckReport {
    struct Server {
        let address: ServerAddress
        let report: NetworkReport
        /// In bytes of UDP payload, and as the MTU of the path; nil if not known.
        var datagramSize: Int?
        var pathMTU: Int?
    }

    var servers: [Server] = []
    var failures: [(server: ServerAddress, reason: String)] = []
    var routers: [PortMappings.Outcome] = []
    /// What `--probe-budget` allows.
    let probeBudget: Int

    var isReached: Bool { servers.contains { !$0.report.isBlocked } }

    private var hasIPv6: Bool {
        LocalAddresses.list().contains { $0.isIPv6 && !$0.isPrivate && !$0.isLoopback }
    }

    var lines: [String] {
        var lines: [String] = []
        for server in servers {
            lines.append("\(server.address.place):")
            lines += server.report.sentences.map { "  \($0)" }
            if let size = server.datagramSize, let pathMTU = server.pathMTU {
                lines.append("  Datagrams of up to \(size) bytes pass (path MTU \(pathMTU)).")
            }
            if server.report.mapping.dependsOnDestination {
                lines.append(
                    "  Looking for a direct path may take \(probeBudget) small datagrams "
                        + "(--probe-budget).")
            }
        }
        lines += failures.map { "\($0.server.place): \($0.reason)" }
        lines +=
            routers.isEmpty
            ? ["No router was found that could forward a port."] : routers.map(\.sentence)
        lines.append(
            hasIPv6
                ? "This machine has a global IPv6 address."
                : "This machine has no global IPv6 address.")
        return lines
    }

    // MARK: For programs

    var json: JSONValue {
        .object([
            ("servers", .array(servers.map(json))),
            (
                "failures",
                .array(
                    failures.map { server, reason in
                        .object([("server", .string(server.place)), ("reason", .string(reason))])
                    })
            ),
            ("routers", .array(routers.map(json))),
            ("ipv6", .bool(hasIPv6)),
            ("probeBudget", .number(Int64(probeBudget))),
        ])
    }

    private func json(_ server: Server) -> JSONValue {
        let report = server.report
        return .object([
            ("server", .string(server.address.place)),
            ("observed", report.observed.map { .string("\($0)") } ?? .null),
            ("mapping", .string("\(report.mapping)")),
            ("portStep", report.portStep.map { .number(Int64($0)) } ?? .null),
            ("filtering", .string("\(report.filtering)")),
            ("keepsPort", report.keepsPort.map { .bool($0) } ?? .null),
            ("hairpin", report.hasHairpin.map { .bool($0) } ?? .null),
            ("blocked", .bool(report.isBlocked)),
            ("datagramSize", server.datagramSize.map { .number(Int64($0)) } ?? .null),
            ("pathMTU", server.pathMTU.map { .number(Int64($0)) } ?? .null),
            (
                "rttMicroseconds",
                report.roundTrip.map { .number($0.nanoseconds / 1000) } ?? .null
            ),
        ])
    }

    private func json(_ router: PortMappings.Outcome) -> JSONValue {
        .object([
            ("router", .string("\(router.gateway)")),
            ("protocol", router.mapping.map { .string($0.dialect.rawValue) } ?? .null),
            ("external", router.mapping.map { .string("\($0.external)") } ?? .null),
            ("reason", router.failure.map { .string("\($0)") } ?? .null),
        ])
    }
}
