import Forwarding
import SRMUDP

/// `p2pfwd share HOST:PORT`: serves, permits this to whoever has the code that is printed, and ends
/// with the time that was given.
package final class ShareCommand {
    private let options: ShareOptions
    private let context: CommandContext
    private var complaints = RepetitionFilter()

    package init(options: ShareOptions, context: CommandContext) {
        self.options = options
        self.context = context
    }

    package func run(logger: Logger) throws(CommandError) -> ExitCode {
        let runner = try NodeRunner()
        let auditor = FlowAuditor(file: nil, logger: logger, clock: Program.now)
        var nodeOptions = Node.Options(
            label: context.label, listen: options.listen, meeting: options.meeting,
            transport: options.transport)
        nodeOptions.isCallable = true
        let node = try runner.makeNode(nodeOptions, context: context, logger: logger) {
            [unowned self] session, change in
            ServeCommand.report(session, change, &complaints, logger: logger, now: runner.loop.now)
            auditor.note(change, of: session.peer, now: runner.loop.now)
        }
        let invitation = invitation(node, runner, logger)
        node.reportServer = { server, change in
            ServerReporter(logger: logger).report(server, change)
            invitation.handle(change, of: server)
        }
        if let duration = options.duration {
            runner.loop.schedule(after: .seconds(duration.seconds)) {
                logger.info("the time is over")
                runner.end()
            }
        }
        runner.beforeEnding = { invitation.cancel() }
        logger.info("sharing \(options.destinations.joined(separator: ", "))")
        invitation.start()
        return try runner.run(node, as: "share")
    }

    private func invitation(
        _ node: Node, _ runner: NodeRunner, _ logger: Logger
    ) -> CodeInvitation {
        let announcement = PairingAnnouncement(context: context, json: options.json)
        let expiry = options.duration.map { Program.now() + $0 }
        return CodeInvitation(
            options: options.invitation,
            profile: { [options] in node.profile(offers: options.destinations, isServing: true) },
            meeting: node.meeting, loop: runner.loop, random: context.random, logger: logger
        ) { [options] change in
            switch change {
            case .ready(let code, let isLocalOnly):
                announcement.code(
                    code, lifetime: options.invitation.lifetime, isLocalOnly: isLocalOnly,
                    servers: node.serversOfThisCommand)
            case .paired(let paired, let usesLeft):
                do throws(PeerError) {
                    let peer = try node.directory.peers.save(
                        paired, name: options.name, permissions: options.destinations,
                        expiry: expiry, rights: options.rights, now: Program.now())
                    announcement.entered(peer, paired, usesLeft: usesLeft)
                } catch {
                    runner.fail(CommandError("share", error))
                }
            // The peers that were let in stay until the command ends.
            case .finished: break
            case .failed(.cancelled): break
            case .failed(.expired): logger.info("the code is void now; nobody else can come")
            case .failed(let failure): runner.fail(.pairing(failure))
            case .serverLost(let reason):
                logger.warning(
                    "the rendezvous server is lost (\(reason)); the code is good on this LAN only")
            }
        }
    }
}
