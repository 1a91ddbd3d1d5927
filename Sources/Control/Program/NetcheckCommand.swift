import Forwarding
import SRMUDP

/// `p2pfwd netcheck`: what the network between this machine and its rendezvous servers does to
/// datagrams, and whether its router forwards ports, asked from a socket of its own that no NAT knows
/// yet.
package final class NetcheckCommand {
    /// The longest that all questions to servers together take, and those to routers.
    private static let patience: Interval = .seconds(12)
    private static let routerPatience: Interval = .seconds(10)

    private let options: NetcheckOptions
    private let context: CommandContext
    private var report: NetcheckReport
    /// Servers that answered, or will not.
    private var settledCount = 0
    /// How large datagrams may be, for each server.
    private var sizes: [(server: ServerAddress, check: PathSizeCheck)] = []

    package init(options: NetcheckOptions, context: CommandContext) {
        self.options = options
        self.context = context
        report = NetcheckReport(probeBudget: options.meeting.probeBudget)
    }

    package func run(logger: Logger) throws(CommandError) -> ExitCode {
        let servers = try context.servers(options.meeting).filter(\.isUDP)
        guard !servers.isEmpty else {
            throw CommandError(
                "netcheck", "no rendezvous server is known whom to ask",
                hint: "p2pfwd netcheck --rendezvous HOST:PORT", .usage)
        }
        let password = try options.meeting.passwordFile.map(PasswordFile.read)
        let known = try context.knownServers()
        do throws(SystemError) {
            let loop = try EventLoop()
            let driver = try makeDriver(loop, logger)
            let probes = ProbeClient(driver: driver, loop: loop, random: context.random)
            let resolver = Resolver(loop: loop)
            for server in servers {
                _ = resolver.resolve(server.host) { [unowned self] result in
                    guard let place = place(of: server, result) else { return }
                    examine(server, at: place, probes, driver)
                    measure(
                        server, at: place, probes, driver, known: known, password: password,
                        now: loop.now)
                }
            }
            try wait(Self.patience, loop) { [unowned self] in
                isComplete(count: servers.count, now: loop.now)
            }
            try askRouters(driver.localAddress, loop, logger)
        } catch {
            throw CommandError("netcheck", "\(error)", .localError)
        }
        tell()
        return report.isReached ? .success : .notReachable
    }

    private func wait(
        _ patience: Interval, _ loop: EventLoop, until isOver: () -> Bool
    ) throws(SystemError) {
        let deadline = loop.now + patience
        while !isOver(), loop.now < deadline {
            try loop.runTurn(waitingAtMost: .milliseconds(100))
        }
    }

    private func isComplete(count: Int, now: Instant) -> Bool {
        let areMeasured = sizes.allSatisfy { $0.check.isOver(now: now) }
        return areMeasured && settledCount == count
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

    // MARK: Servers

    private func place(of server: ServerAddress, _ result: Resolver.Result) -> SocketAddress? {
        switch result {
        case .addresses(let addresses):
            return addresses.first.map { SocketAddress($0, port: server.port) }
        case .failure(let reason):
            settledCount += 1
            report.failures.append((server, reason))
            return nil
        }
    }

    private func examine(
        _ server: ServerAddress, at place: SocketAddress, _ probes: ProbeClient,
        _ driver: EndpointDriver
    ) {
        var probe = NetworkProbe.Options(server: place, localPort: driver.localAddress.port)
        probe.localAddresses = LocalAddresses.list()
        probe.tests = [.filtering, .hairpin]
        let isAsked = probes.examine(probe) { [unowned self] found in
            settledCount += 1
            report.servers.append(.init(address: server, report: found))
        }
        guard !isAsked else { return }
        settledCount += 1
        report.failures.append((server, "too many servers at once"))
    }

    /// The server's key is not remembered here: nothing is told to it.
    private func measure(
        _ server: ServerAddress, at place: SocketAddress, _ probes: ProbeClient,
        _ driver: EndpointDriver, known: KnownServers, password: SecretBytes?, now: Instant
    ) {
        let check = PathSizeCheck(
            place, endpoint: driver.endpoint,
            secret: { key in
                password.map { RendezvousSecret.derive(password: $0, server: key) }
                    ?? RendezvousSecret.open
            }, now: now)
        sizes.append((server, check))
        do throws(KnownServersError) {
            if let key = try known.key(of: server) { return check.learned(key, now: now) }
        } catch {
            return report.failures.append((server, "\(error)"))
        }
        _ = probes.askKey(of: place) { key in
            if let key { check.learned(key, now: now) }
        }
    }

    // MARK: Routers

    /// Has our port forwarded and gives it back. Comes last: a port that is forwarded would let in
    /// what the NAT otherwise keeps out.
    private func askRouters(
        _ address: SocketAddress, _ loop: EventLoop, _ logger: Logger
    ) throws(SystemError) {
        guard !address.ip.isLoopback else { return }
        let mappings = PortMappings(
            of: address, loop: loop, random: context.random, logger: logger
        ) { _ in }
        mappings.start()
        try wait(Self.routerPatience, loop) { mappings.outcomes.allSatisfy(\.isSettled) }
        report.routers = mappings.outcomes
        var isReleased = false
        mappings.release { isReleased = true }
        try wait(Self.routerPatience, loop) { isReleased }
    }

    private func tell() {
        for index in report.servers.indices {
            let check = sizes.first { $0.server == report.servers[index].address }?.check
            report.servers[index].datagramSize = check?.datagramSize
            report.servers[index].pathMTU = check?.pathMTU
        }
        guard !options.json else { return context.output(report.json) }
        for line in report.lines { context.output(line) }
    }
}
