import Forwarding
import SRMUDP

/// `p2pfwd netcheck`: what the network between this machine and its rendezvous servers does to
/// datagrams, asked from a socket of its own that no NAT knows yet.
package final class NetcheckCommand {
    /// The longest that all questions together take.
    private static let patience: Interval = .seconds(12)

    private let options: NetcheckOptions
    private let context: CommandContext
    private var reports: [(server: ServerAddress, report: NetworkReport)] = []
    private var failures: [(server: ServerAddress, reason: String)] = []

    package init(options: NetcheckOptions, context: CommandContext) {
        self.options = options
        self.context = context
    }

    package func run(logger: Logger) throws(CommandError) -> ExitCode {
        let servers = try context.servers(options.meeting).filter(\.isUDP)
        guard !servers.isEmpty else {
            throw CommandError(
                "netcheck", "no rendezvous server is known whom to ask",
                hint: "p2pfwd netcheck --rendezvous HOST:PORT", .usage)
        }
        do throws(SystemError) {
            let loop = try EventLoop()
            let driver = try makeDriver(loop, logger)
            let probes = ProbeClient(driver: driver, loop: loop, random: context.random)
            let resolver = Resolver(loop: loop)
            for server in servers {
                _ = resolver.resolve(server.host) { [unowned self] result in
                    begin(server, result, probes, driver)
                }
            }
            let deadline = loop.now + Self.patience
            while reports.count + failures.count < servers.count, loop.now < deadline {
                try loop.runTurn(waitingAtMost: .milliseconds(100))
            }
        } catch {
            throw CommandError("netcheck", "\(error)", .localError)
        }
        tell()
        return reports.contains { !$0.report.isBlocked } ? .success : .notReachable
    }

    /// No peer is met here; the driver carries questions only.
    private func makeDriver(
        _ loop: EventLoop, _ logger: Logger
    ) throws(SystemError) -> EndpointDriver {
        let endpoint = Endpoint(
            configuration: ConnectionConfiguration(),
            identity: .generate(from: context.random), random: context.random, logger: logger,
            now: loop.now
        ) { _, _ in nil }
        let wanted = options.listen ?? SocketAddress(.anyIPv6, port: 0)
        let socket: UDPSocket
        do throws(SystemError) {
            socket = try UDPSocket(bindingTo: wanted)
        } catch {
            guard options.listen == nil else { throw error }
            // A machine without IPv6 has no `[::]`.
            socket = try UDPSocket(bindingTo: SocketAddress(.anyIPv4, port: 0))
        }
        return try EndpointDriver(endpoint: endpoint, socket: socket, loop: loop) { _ in }
    }

    private func begin(
        _ server: ServerAddress, _ result: Resolver.Result, _ probes: ProbeClient,
        _ driver: EndpointDriver
    ) {
        guard case .addresses(let addresses) = result, let ip = addresses.first else {
            if case .failure(let reason) = result { failures.append((server, reason)) }
            return
        }
        var probe = NetworkProbe.Options(
            server: SocketAddress(ip, port: server.port), localPort: driver.localAddress.port)
        probe.localAddresses = LocalAddresses.list()
        probe.tests = [.filtering, .hairpin]
        let isAsked = probes.examine(probe) { [unowned self] report in
            reports.append((server, report))
        }
        if !isAsked { failures.append((server, "too many servers at once")) }
    }

    // MARK: What was found

    private var hasIPv6: Bool {
        LocalAddresses.list().contains { $0.isIPv6 && !$0.isPrivate && !$0.isLoopback }
    }

    private func tell() {
        guard !options.json else { return context.output(json) }
        for (server, report) in reports {
            context.output("\(server.place):")
            for sentence in report.sentences { context.output("  \(sentence)") }
        }
        for (server, reason) in failures { context.output("\(server.place): \(reason)") }
        context.output(
            hasIPv6
                ? "This machine has a global IPv6 address."
                : "This machine has no global IPv6 address.")
    }

    private var json: String {
        let servers = reports.map { server, report in
            JSONText.object([
                ("server", .string(server.place)),
                ("observed", report.observed.map { .string("\($0)") } ?? .null),
                ("mapping", .string("\(report.mapping)")),
                ("filtering", .string("\(report.filtering)")),
                ("keepsPort", report.keepsPort.map { .bool($0) } ?? .null),
                ("hairpin", report.hasHairpin.map { .bool($0) } ?? .null),
                ("blocked", .bool(report.isBlocked)),
                (
                    "rttMicroseconds",
                    report.roundTrip.map { .number($0.nanoseconds / 1000) } ?? .null
                ),
            ])
        }
        return JSONText.object([
            ("servers", .array(servers)),
            (
                "failures",
                .array(
                    failures.map { server, reason in
                        .object([("server", .string(server.place)), ("reason", .string(reason))])
                    })
            ),
            ("ipv6", .bool(hasIPv6)),
        ]).text
    }
}
