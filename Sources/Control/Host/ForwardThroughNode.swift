import Forwarding
internal import Glibc
import SRMUDP

/// `p2pfwd -L ... PEER` by way of the running node, which is started where there is none.
///
/// The forwards end with the command, unless it goes to the background: then they are the node's.
/// If the node ends under it, the command has the forwards set up again by the next one.
final class ForwardThroughNode {
    /// How long flows may go on when the command is told to end.
    private static let drainSeconds: Int64 = 5

    /// How long a node that ends is given before another one is looked for or started.
    private static let pause: Interval = .milliseconds(500)

    private var request: ForwardRequest
    private let options: ForwardOptions
    private let context: CommandContext
    private let logger: Logger
    private let loop: EventLoop
    private let announcement: ForwardAnnouncement
    private let progress: ProgressLine
    /// What `~` does at a terminal in the foreground.
    private let escapes: NodeEscapes
    private var console: EscapeConsole?
    private var client: ControlClient?
    private var group: String?
    /// What the node calls the group at present, or did before it was gone.
    private var former: (group: String, claim: String)?
    private var wasUp = false
    private var isEnding = false
    private var result: Result<ExitCode, CommandError> = .success(.success)

    init(
        _ request: ForwardRequest, options: ForwardOptions, context: CommandContext, logger: Logger,
        builder: InvocationBuilder
    ) throws(CommandError) {
        escapes = NodeEscapes(peer: request.peer, builder: builder)
        self.request = request
        self.options = options
        self.context = context
        self.logger = logger
        announcement = ForwardAnnouncement(
            json: options.json, printsPorts: options.printsPorts, context: context, logger: logger)
        do throws(SystemError) {
            loop = try EventLoop()
        } catch {
            throw CommandError("event loop", "\(error)", .localError)
        }
        progress = ProgressLine(loop: loop, logger: logger, show: context.showProgress)
        escapes.whenEnded = { [unowned self] in end() }
    }

    func run() throws(CommandError) -> ExitCode {
        // A name that is wrong needs no node.
        _ = try PeerLookup(context: context).peer(named: request.peer)
        try begin()
        progress.tell("connecting to '\(request.peer)'")
        defer {
            progress.end()
            console?.end()
        }
        do throws(SystemError) {
            try loop.onSignal([SIGINT, SIGTERM, SIGHUP]) { [unowned self] number in
                number == SIGHUP ? reload() : end()
            }
            try loop.run()
        } catch {
            throw CommandError("event loop", "\(error)", .localError)
        }
        client?.close()
        return try result.get()
    }

    private func begin() throws(CommandError) {
        let client = try NodeAccess(context: context, loop: loop).connect()
        self.client = client
        escapes.client = client
        client.notified = { [unowned self] in handle($0, $1) }
        client.whenLost = { [unowned self] in nodeLost() }
        guard let former else { return add(to: client) }
        // A node that became another program has kept the group.
        client.call(
            "forward.follow",
            .object([("group", .string(former.group)), ("claim", .string(former.claim))])
        ) { [unowned self] result in
            switch result {
            case .success(let answer): added(answer)
            case .failure where client.isOpen: add(to: client)
            // Nobody has answered: the node is gone, and the next one is asked.
            case .failure: break
            }
        }
    }

    private func add(to client: ControlClient) {
        let isKept = options.goesToBackground
        client.call(
            "forward.add",
            .object(request.members + [("keep", .bool(isKept)), ("follow", .bool(true))])
        ) { [unowned self] result in
            switch result {
            case .success(let answer): added(answer)
            case .failure(let error) where client.isOpen || !wasUp: fail(error.commandError)
            case .failure: break
            }
        }
    }

    private func added(_ answer: JSONValue) {
        progress.end()
        group = answer["group"]?.stringValue
        if let group, let claim = answer["claim"]?.stringValue { former = (group, claim) }
        wasUp = true
        if options.goesToBackground {
            logger.debug("the node goes on with \(group ?? "them")")
            loop.stop()
        }
        if isEnding { cancel() }
        guard console == nil, !options.goesToBackground else { return }
        console = EscapeConsole(loop: loop, actions: escapes, printLine: context.report)
        console?.begin()
    }

    // MARK: What happens

    private func handle(_ method: String, _ parameters: JSONValue) {
        guard method == "event" else { return }
        guard let console else { return handle(event: parameters) }
        console.write { handle(event: parameters) }
    }

    private func handle(event parameters: JSONValue) {
        guard let topic = parameters["topic"]?.stringValue else { return }
        switch (topic, parameters["kind"]?.stringValue) {
        case ("log", _):
            let level = Logger.Level.allCases.first {
                "\($0)" == parameters["level"]?.stringValue
            }
            logger.log(parameters["text"]?.stringValue ?? "", at: level ?? .info)
        case ("path", "punching") where !wasUp:
            progress.tell(parameters["text"]?.stringValue ?? "")
        case ("path", "punching"): logger.debug(parameters["text"]?.stringValue ?? "")
        case ("forward", "listening"):
            if let forward = parameters["forward"] {
                listening(forward, isRequested: isRequested(parameters))
            }
        case ("forward", "ended") where isRequested(parameters):
            ended(parameters["error"].flatMap { ControlError(json: $0) })
        case _: break
        }
    }

    /// Whether an event is about the forwards of the command, not about one that `~C` added.
    private func isRequested(_ event: JSONValue) -> Bool {
        group == nil || event["group"]?.stringValue == group
    }

    private func listening(_ forward: JSONValue, isRequested: Bool) {
        guard let notice = ForwardNotice(forward) else { return }
        announcement.listening(notice)
        // Whoever was told of a port that was chosen finds it again if the node is replaced.
        guard isRequested, let name = forward["forward"]?.stringValue?.split(separator: ".").last,
            let number = Int(name), notice.requested == 0, let port = notice.port
        else { return }
        request.choose(port, forForward: number - 1)
    }

    private func ended(_ error: ControlError?) {
        if let error { return fail(error.commandError) }
        guard !isEnding else { return }
        logger.info("the forwards were cancelled")
        loop.stop()
    }

    private static let lost = CommandError("node", "it has ended", .failure)

    /// The node is gone: crashed, stopped, or replaced by another one.
    private func nodeLost() {
        guard !isEnding else { return loop.stop() }
        guard wasUp else { return fail(Self.lost) }
        logger.info("the node has ended; waiting for another one")
        group = nil
        loop.schedule(after: Self.pause) { [unowned self] in
            guard !isEnding else { return loop.stop() }
            do throws(CommandError) {
                try begin()
            } catch {
                fail(error)
            }
        }
    }

    private func reload() {
        client?.call("node.reload") { [logger] result in
            if case .failure(let error) = result { logger.error(error.message) }
        }
    }

    // MARK: The end

    /// Flows may finish for a while; a second time nothing is waited for.
    private func end() {
        guard !isEnding else { return loop.stop() }
        logger.info("ending")
        isEnding = true
        // Not yet up: the end of the connection ends it.
        group == nil ? loop.stop() : cancel()
    }

    private func cancel() {
        guard let group else { return loop.stop() }
        client?.call(
            "forward.cancel",
            .object([("group", .string(group)), ("drainSeconds", .number(Self.drainSeconds))])
        ) { [loop] _ in loop.stop() }
    }

    private func fail(_ error: CommandError) {
        result = .failure(error)
        loop.stop()
    }
}

extension ForwardNotice {
    /// What a forward is told as in events and lists; nil if it is none.
    init?(_ forward: JSONValue) {
        guard let kind = forward["kind"]?.stringValue,
            let transport = forward["protocol"]?.stringValue
                .flatMap({ ForwardSpecification.Transport(rawValue: $0) })
        else { return nil }
        self.init(
            kind: kind, transport: transport,
            places: (forward["places"]?.arrayValue ?? []).compactMap(\.stringValue),
            requested: forward["requested"]?.integerValue.flatMap { UInt16(exactly: $0) },
            port: forward["port"]?.integerValue.flatMap { UInt16(exactly: $0) },
            target: forward["target"]?.stringValue ?? "")
    }
}
