internal import Glibc
import SRMUDP

/// `p2pfwd pair`: with a code or ticket of the other machine it pairs with that one; without it asks
/// for a code if somebody sits there, else makes one and waits.
package final class PairCommand {
    private let options: PairOptions
    private let context: CommandContext

    package init(options: PairOptions, context: CommandContext) {
        self.options = options
        self.context = context
    }

    package func run(logger: Logger) throws(CommandError) -> ExitCode {
        switch options.source {
        case .file: return try pairByTicket(options)
        case .argument(let text): return try pair(with: text, logger)
        case .standardInput:
            guard isatty(STDIN_FILENO) == 0 else { return try ask(logger) }
            let text = try context.readInput()
            guard text.contains(where: { !$0.isWhitespace }) else { return try invite(logger) }
            return try pair(with: text, logger)
        }
    }

    /// Whoever says how a code is to be made wants a new one.
    private func ask(_ logger: Logger) throws(CommandError) -> ExitCode {
        guard LineReader.isPossible, !options.json, options.invitation == InvitationOptions() else {
            return try invite(logger)
        }
        guard let text = LineReader.ask("Code (Enter alone makes a new one): ") else {
            throw CommandError("pair", "no code was given", .failure)
        }
        guard text.contains(where: { !$0.isWhitespace }) else { return try invite(logger) }
        return try pair(with: text, logger)
    }

    private func pair(with text: String, _ logger: Logger) throws(CommandError) -> ExitCode {
        guard !Ticket.looksLikeTicket(text) else {
            var options = options
            options.source = .argument(text)
            return try pairByTicket(options)
        }
        let code = try Self.code(text)
        let pairing = CodePairing(
            code: code, name: options.name, meeting: options.meeting, context: context)
        let (peer, paired) = try pairing.run(logger: logger)
        PairingAnnouncement(context: context, json: options.json).joined(peer, paired)
        return .success
    }

    private func pairByTicket(_ options: PairOptions) throws(CommandError) -> ExitCode {
        try TicketPairCommand(options: options).run(in: context)
    }

    /// - Throws: which word is wrong, before anything is sent.
    static func code(_ text: String) throws(CommandError) -> PairingCode {
        do throws(PairingCodeError) {
            return try PairingCode(parsing: text)
        } catch {
            throw CommandError("code", error.description, hint: error.hint, .peerRefused)
        }
    }

    /// Makes a code and waits for the other machine.
    private func invite(_ logger: Logger) throws(CommandError) -> ExitCode {
        let peers = try context.knownPeers()
        let announcement = PairingAnnouncement(context: context, json: options.json)
        let runner = try NodeRunner()
        let node = try Node.forPairing(
            options.meeting, context: context, loop: runner.loop, logger: logger)
        let invitation = CodeInvitation(
            options: options.invitation, profile: { node.profile(offers: [], isServing: false) },
            meeting: node.meeting, loop: runner.loop, random: context.random, logger: logger
        ) { [options] change in
            switch change {
            case .ready(let code, let isLocalOnly):
                announcement.code(
                    code, lifetime: options.invitation.lifetime, isLocalOnly: isLocalOnly,
                    servers: node.serversOfThisCommand)
            case .paired(let paired, let usesLeft):
                do throws(PeerError) {
                    let peer = try peers.save(
                        paired, name: options.name, rights: options.rights, now: Program.now())
                    announcement.entered(peer, paired, usesLeft: usesLeft)
                } catch {
                    runner.fail(CommandError("pair", error))
                }
            case .finished: runner.end()
            case .failed(let failure): runner.fail(.pairing(failure))
            case .serverLost(let reason):
                logger.warning(
                    "the rendezvous server is lost (\(reason)); the code is good on this LAN only")
            }
        }
        node.reportServer = { server, change in
            ServerReporter(logger: logger).report(server, change)
            invitation.handle(change, of: server)
        }
        runner.beforeEnding = { invitation.cancel() }
        invitation.start()
        return try runner.run(node)
    }
}

extension CommandError {
    static func pairing(_ failure: PairingFailure, servers: String? = nil) -> CommandError {
        let why = servers.map { "\(failure) (\($0))" } ?? "\(failure)"
        return CommandError("pair", why, hint: failure.hint, failure.exitCode)
    }
}
