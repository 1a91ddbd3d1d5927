internal import Glibc
import SRMUDP

/// `p2pfwd rendezvous`: a server through which peers meet, in the foreground until a signal ends it.
package final class RendezvousCommand {
    /// How long good-byes are given time to leave.
    private static let farewellTime: Interval = .milliseconds(100)

    private let options: RendezvousOptions
    private let context: CommandContext

    package init(options: RendezvousOptions, context: CommandContext) {
        self.options = options
        self.context = context
    }

    package func run(logger: Logger) throws(CommandError) -> ExitCode {
        let runner = try NodeRunner()
        var serviceOptions = RendezvousService.Options()
        serviceOptions.listen = options.listen
        serviceOptions.relays = options.relayRate != 0
        serviceOptions.relayRate = options.relayRate.map { Int64($0) }
        serviceOptions.password = try options.passwordFile.map(PasswordFile.read)
        let service = try RendezvousService(
            options: serviceOptions, context: context, loop: runner.loop, clock: Program.now,
            logger: logger)
        let webSockets = try webSockets(of: service, runner.loop, logger)
        announce(service, webSockets, logger)
        runner.service = ServiceNotifier(variable: Program.variable, logger: logger).map {
            ($0, { [unowned service] in "introducing peers; clients: \(service.clientCount)" })
        }
        let started = runner.loop.now
        let status = ProcessStatus(
            folder: context.home.state, loop: runner.loop, logger: logger
        ) { [unowned service] _ in
            var report = StatusReport(
                command: "rendezvous", processID: getpid(), id: "\(service.id)",
                address: "\(service.address)")
            report.uptimeSeconds = (runner.loop.now - started).nanoseconds / 1_000_000_000
            report.counters = Self.counters(service.report)
            return report
        }
        return try withExtendedLifetime(status) { () throws(CommandError) in
            try runner.run(
                logger: logger,
                drain: { completion in
                    webSockets?.stop()
                    service.stop()
                    runner.loop.schedule(after: Self.farewellTime, completion)
                }, reload: { () throws(CommandError) in [] })
        }
    }

    private func webSockets(
        of service: RendezvousService, _ loop: EventLoop, _ logger: Logger
    ) throws(CommandError) -> ServerWebSockets? {
        guard let address = options.webSocket else { return nil }
        return try ServerWebSockets(
            at: address, tls: options.tls, service: service, loop: loop, random: context.random,
            logger: logger)
    }

    /// The lines `name value` of a report.
    private static func counters(_ report: String) -> [StatusReport.Counter] {
        report.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: " ")
            guard parts.count == 2, let value = Int64(parts[1]) else { return nil }
            return StatusReport.Counter(name: String(parts[0]), value: value)
        }
    }

    private func announce(
        _ service: RendezvousService, _ webSockets: ServerWebSockets?, _ logger: Logger
    ) {
        logger.info("rendezvous \(service.id)")
        logger.info("listening on \(service.address) (UDP)")
        if let address = webSockets?.address {
            let security = options.tls == nil ? "without TLS" : "TLS"
            logger.info("listening on \(address) (WebSocket, \(security))")
        }
        switch options.relayRate {
        case nil: logger.info("relaying without a limit; --relay-rate sets one")
        case 0?: logger.info("relaying nothing")
        case let rate?: logger.info("relaying \(rate / 1024) KiB/s for each pair at most")
        }
        logger.info(
            "clients use: --rendezvous HOST:\(service.address.port)#\(service.id)")
    }
}
