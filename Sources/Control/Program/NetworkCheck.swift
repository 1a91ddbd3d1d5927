import Forwarding
import SRMUDP

/// Finds out what the network between this machine and its rendezvous servers does to datagrams, and
/// whether its router forwards ports, asked from a socket of its own that no NAT knows yet.
///
/// The servers are asked first, then the routers: a port that is forwarded would let in what the NAT
/// otherwise keeps out.
final class NetworkCheck {
    /// The longest that all questions to servers together take, and those to routers.
    private static let patience: Interval = .seconds(12)
    private static let routerPatience: Interval = .seconds(5)
    private static let pollInterval: Interval = .milliseconds(100)

    private let settings: MeetingSettings
    private let listen: SocketAddress?
    private let context: CommandContext
    private let loop: EventLoop
    private let logger: Logger
    private var completion: (Result<NetcheckReport, CommandError>) -> Void = { _ in }
    private var report: NetcheckReport
    /// Servers that answered, or will not.
    private var settledCount = 0
    private var serverCount = 0
    /// How large datagrams may be, for each server.
    private var sizes: [(server: ServerAddress, check: PathSizeCheck)] = []
    private var driver: EndpointDriver?
    private var probes: ProbeClient?
    private var resolver: Resolver?

    init(
        settings: MeetingSettings, listen: SocketAddress?, context: CommandContext,
        loop: EventLoop, logger: Logger
    ) {
        self.settings = settings
        self.listen = listen
        self.context = context
        self.loop = loop
        self.logger = logger
        report = NetcheckReport(probeBudget: settings.probeBudget)
    }

    /// - Parameter completion: called once from the event loop; whoever began has to hold this until
    ///   then.
    /// - Throws: why nothing was begun.
    func begin(
        completion: @escaping (Result<NetcheckReport, CommandError>) -> Void
    ) throws(CommandError) {
        let servers = try context.servers(settings).filter(\.isUDP)
        guard !servers.isEmpty else {
            throw CommandError(
                "netcheck", "no rendezvous server is known whom to ask",
                hint: "p2pfwd netcheck --rendezvous HOST:PORT", .usage)
        }
        self.completion = completion
        serverCount = servers.count
        let password = try settings.passwordFile.map(PasswordFile.read)
        let known = try context.knownServers()
        let driver: EndpointDriver
        do throws(SystemError) {
            driver = try makeDriver(loop, logger)
        } catch {
            throw CommandError("netcheck", "\(error)", .localError)
        }
        self.driver = driver
        let probes = ProbeClient(driver: driver, loop: loop, random: context.random)
        self.probes = probes
        let resolver = Resolver(loop: loop)
        self.resolver = resolver
        for server in servers {
            _ = resolver.resolve(server.host) { [unowned self] result in
                guard let place = place(of: server, result) else { return }
                examine(server, at: place, probes, driver)
                measure(
                    server, at: place, probes, driver, known: known, password: password,
                    now: loop.now)
            }
        }
        wait(until: loop.now + Self.patience) { [unowned self] in
            isComplete(count: serverCount, now: loop.now)
        } then: { [unowned self] in
            askRouters(driver.localAddress)
        }
    }

    private func wait(
        until deadline: Instant, _ isOver: @escaping () -> Bool, then next: @escaping () -> Void
    ) {
        guard !isOver(), loop.now < deadline else { return next() }
        loop.schedule(after: Self.pollInterval) { [weak self] in
            self?.wait(until: deadline, isOver, then: next)
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
        let wanted = listen ?? SocketAddress(.anyIPv6, port: 0)
        let socket: UDPSocket
        do throws(SystemError) {
            socket = try UDPSocket(bindingTo: wanted)
        } catch {
            guard listen == nil else { throw error }
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

    /// Has our port forwarded and gives it back.
    private func askRouters(_ address: SocketAddress) {
        guard !address.ip.isLoopback else { return finish() }
        let mappings = PortMappings(
            of: address, loop: loop, random: context.random, logger: logger
        ) { _ in }
        mappings.start()
        wait(until: loop.now + Self.routerPatience) {
            mappings.outcomes.allSatisfy(\.isSettled)
        } then: { [unowned self] in
            report.routers = mappings.outcomes
            var isReleased = false
            mappings.release { isReleased = true }
            wait(until: loop.now + Self.routerPatience) {
                isReleased
            } then: { [unowned self] in
                finish()
            }
        }
    }

    private func finish() {
        for index in report.servers.indices {
            let check = sizes.first { $0.server == report.servers[index].address }?.check
            report.servers[index].datagramSize = check?.datagramSize
            report.servers[index].pathMTU = check?.pathMTU
        }
        completion(.success(report))
    }
}
