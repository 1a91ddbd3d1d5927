import Forwarding
internal import Glibc
import SRMUDP

/// Runs the event loop of a foreground command until a signal, or the command itself, ends it.
///
/// SIGINT and SIGTERM let flows finish for a while and say good-bye to the peers; a second one does
/// not wait. SIGHUP reads files again, and SIGUSR2 lets the program that is installed now go
/// on with everything (`Handover`).
final class NodeRunner {
    let loop: EventLoop
    private var result: Result<ExitCode, CommandError> = .success(.success)
    /// Lets the node say good-bye, and stops the loop.
    private var finish: () -> Void = {}
    /// What else is to be done when a signal ends the run.
    var beforeEnding: () -> Void = {}
    /// Makes ready what is to be taken over when files are read again, besides the peers file. What
    /// it throws keeps everything as it was.
    var onReload: (inout Reloading) throws(CommandError) -> Void = {
        (_: inout Reloading) throws(CommandError) in
    }
    /// Is told that files were read again, and of the keys that hold from the next start on.
    var whenReloaded: ([String]) -> Void = { _ in }
    private var reread: () throws(CommandError) -> [String] = { () throws(CommandError) in [] }
    /// What the service manager is told of the run, and the sentence about what is going on.
    var service: (notifier: ServiceNotifier, summary: () -> String)?
    /// Is told that another program is to go on, which needs the terminal as it was, ...
    var whenHandingOver: () -> Void = {}
    /// ... and that it does not.
    var whenGoingOn: () -> Void = {}
    /// What is to be done at SIGUSR2.
    private var whenUpdated: () -> Void = {}
    /// Waits until nothing is being written any more, which a run that fails does not cut off either.
    private var whenWritten: (_ completion: @escaping () -> Void) -> Void = { $0() }

    init() throws(CommandError) {
        do throws(SystemError) {
            loop = try EventLoop()
        } catch {
            throw CommandError("event loop", "\(error)", .localError)
        }
    }

    /// The command's node, on this loop; people are told what happens with rendezvous servers.
    ///
    /// - Parameter report: is told what happens in each session.
    func makeNode(
        _ options: Node.Options, context: CommandContext, logger: Logger,
        report: @escaping (Session, Session.Change) -> Void
    ) throws(CommandError) -> Node {
        let node = try Node(
            options: options, context: context, loop: loop, clock: Program.now, logger: logger,
            report: report)
        node.reportServer = { ServerReporter(logger: logger).report($0, $1) }
        return node
    }

    /// Runs the node until the end of the command.
    ///
    /// - Parameters:
    ///   - command: what `p2pfwd status` calls it; nil for one too short to be shown.
    ///   - groups: its forwards.
    func run(
        _ node: Node, as command: String? = nil,
        groups: @escaping () -> [(name: String, group: ForwardGroup)] = { [] }
    ) throws(CommandError) -> ExitCode {
        let status = command.map { ProcessStatus(of: node, command: $0, groups: groups) }
        return try withExtendedLifetime(status) { () throws(CommandError) in
            whenUpdated = { [unowned self] in handOver(node) }
            whenWritten = { [notes = node.notes] in notes.finish($0) }
            return try run(
                logger: node.logger, drain: { completion in node.drain(completion: completion) },
                reload: { [unowned self] () throws(CommandError) in try readFiles(for: node) })
        }
    }

    /// Reads files again that may have changed; a mistake in one changes nothing.
    ///
    /// - Returns: the keys whose new values hold from the next start on.
    func reload() throws(CommandError) -> [String] {
        service?.notifier.reloading()
        defer { service?.notifier.reloaded() }
        return try reread()
    }

    private func readFiles(for node: Node) throws(CommandError) -> [String] {
        do throws(FileError) {
            try node.directory.peers.reloadIfChanged()
        } catch {
            throw CommandError("peers", error)
        }
        var reloading = Reloading()
        try onReload(&reloading)
        reloading.takeOver()
        node.reload()
        let keys = reloading.laterKeys
        if !keys.isEmpty {
            node.logger.warning("from the next start on: \(keys.joined(separator: ", "))")
        }
        whenReloaded(keys)
        return keys
    }

    /// - Parameters:
    ///   - drain: ends what goes on, in good order; called again, it does not wait any longer.
    ///   - reload: reads files again that may have changed, and returns the keys that hold from the
    ///     next start on.
    func run(
        logger: Logger, drain: @escaping (_ completion: @escaping () -> Void) -> Void,
        reload: @escaping () throws(CommandError) -> [String]
    ) throws(CommandError) -> ExitCode {
        reread = reload
        finish = { [unowned self] in
            service?.notifier.stopping()
            drain { [unowned self] in loop.stop() }
        }
        do throws(SystemError) {
            try loop.onSignal([SIGINT, SIGTERM, SIGHUP, SIGUSR2]) { [unowned self] number in
                switch number {
                case SIGHUP:
                    do throws(CommandError) {
                        _ = try self.reload()
                    } catch {
                        logger.error("everything stays as it was: \(error.what): \(error.why)")
                    }
                case SIGUSR2: whenUpdated()
                default:
                    logger.info("ending")
                    beforeEnding()
                    finish()
                }
            }
            if let service { service.notifier.begin(on: loop, summary: service.summary) }
            try loop.run()
        } catch {
            throw CommandError("event loop", "\(error)", .localError)
        }
        return try result.get()
    }

    /// Lets the program that is installed now go on with the node.
    ///
    /// - Parameter failed: called when it came to nothing.
    func handOver(
        _ node: Node, to program: String = Handover.ownProgram,
        failed: @escaping (CommandError) -> Void = { _ in }
    ) {
        node.logger.info("handing over to \(program)")
        whenHandingOver()
        Handover.begin(node: node, program: program, arguments: node.context.arguments) {
            [unowned self] error in
            whenGoingOn()
            node.logger.error("\(error.what): \(error.why); going on")
            failed(error)
        }
    }

    /// Ends the run in good order, as a signal would.
    func end() { finish() }

    /// Ends the run in good order, so that the peers hear of it; `run` throws this.
    func end(with error: CommandError) {
        if case .success = result { result = .failure(error) }
        finish()
    }

    /// Ends the run at the end of this turn, or when what is being written is written; `run` throws
    /// this.
    func fail(_ error: CommandError) {
        result = .failure(error)
        whenWritten { [loop] in loop.stop() }
    }
}

extension Connection {
    /// The path in use, for people.
    var pathText: String {
        guard let path = currentPath else { return "the path is not settled yet" }
        let roundTrip = path.roundTrip.map { ", RTT \($0)" } ?? ""
        return "\(path.remote.pathText), \(pathKindText)\(roundTrip)"
    }

    var pathKind: PathKind? { currentPath.map { PathKind($0.remote) } }

    /// `direct`, `relayed` or `relayed in a WebSocket`; empty without a path.
    var pathKindText: String { pathKind?.text ?? "" }
}

extension PathKind {
    var text: String {
        switch self {
        case .direct: "direct"
        case .relay: "relayed"
        case .relayInWebSocket: "relayed in a WebSocket"
        }
    }
}

extension SocketAddress {
    /// The address, or the name of the link that it stands for.
    var pathText: String { LinkAddress(self).map { "\($0)" } ?? "\(self)" }
}

extension CommandError {
    /// The peer is there and does not want us.
    static func refused(by name: String, _ error: ConnectionError) -> CommandError {
        CommandError(
            "'\(name)' refuses this node", "\(error)",
            hint: "pair again: p2pfwd pair there, and p2pfwd pair CODE here", .peerRefused)
    }
}
