import Forwarding
import SRMUDP

/// Carries out lines of the shell one after the other, at the node or by itself.
///
///     idle --run--> busy at the node --answer, end of its events, or Ctrl-C--> idle
///
/// Lines about the shell itself (`help`, `set`, `quit`) are over at once.
final class ShellSession {
    /// Events come in bunches.
    private static let refreshDelay: Interval = .milliseconds(300)
    private static let reconnectDelay: Interval = .milliseconds(500)
    private static let reconnectAttempts = 20

    /// What the TAB key can offer.
    private(set) var knowledge = ShellKnowledge()
    private(set) var settings = ShellSettings()
    /// Whether `quit` was said, or the shell is closed.
    private(set) var isOver = false
    /// Whether events are told and names kept ready for somebody who types.
    private let isInteractive: Bool
    private let loop: EventLoop
    private let link: NodeLink
    private let screen: ShellScreen
    private let builder: InvocationBuilder
    private var conversation: NodeConversation?
    private var refreshTimer: TimerID?

    init(
        loop: EventLoop, link: NodeLink, screen: ShellScreen, builder: InvocationBuilder,
        isInteractive: Bool
    ) {
        self.loop = loop
        self.link = link
        self.screen = screen
        self.builder = builder
        self.isInteractive = isInteractive
        link.whenConnected = { [unowned self] in connected($0) }
        link.notified = { [unowned self] in notified($0, $1) }
        link.whenLost = { [unowned self] in lost() }
    }

    var isBusy: Bool { conversation?.isBusy ?? false }

    var prompt: String {
        screen.style.prompt(settings.peer.map { "p2pfwd \($0)> " } ?? "p2pfwd> ")
    }

    /// Has the node of the home there before the first line, started if need be.
    func begin() throws(CommandError) {
        _ = try link.connected(startingNode: true)
    }

    /// Carries out one line.
    ///
    /// - Parameter ended: called once, also from within here.
    func run(_ line: String, ended: @escaping (ExitCode) -> Void) {
        do throws(CommandError) {
            switch try errand(of: line) {
            case .nothing: ended(.success)
            case .order(let order): try begin(order, ended)
            case .forward(let line): try findPeer(for: line, ended)
            }
        } catch {
            screen.report(error)
            ended(error.exitCode)
        }
    }

    /// Ctrl-C while a command is busy.
    func interrupt() { conversation?.interrupt() }

    /// Nothing is carried out any more; what was begun and can be called off is.
    func close() {
        isOver = true
        conversation?.interrupt()
        link.close()
    }

    // MARK: Lines

    private enum Errand {
        /// Nothing is left to be done.
        case nothing
        case order(Order)
        /// For the peer of the only session.
        case forward(ForwardLine)
    }

    /// What the node is asked, and what ssh would say to the outcome.
    private struct Order {
        let question: NodeQuestion
        var doneText: String?
        var failedText: String?
    }

    private func errand(of line: String) throws(CommandError) -> Errand {
        let words: [String]
        do throws(ShellLine.Mistake) {
            words = try ShellLine(line).words
        } catch {
            throw .usage("line", error.reason)
        }
        guard let name = words.first else { return .nothing }
        if ForwardLine.begins(words) { return try forwardErrand(words) }
        switch name {
        case "quit", "exit", "help", "?", "set":
            try carryOut(name, Array(words.dropFirst()))
            return .nothing
        case _ where words.contains("--help") || words.contains("-h"):
            try carryOut("help", [name])
            return .nothing
        case "revoke":
            guard words.count == 2 else {
                throw .usage("revoke", "takes one peer", hint: "revoke PEER")
            }
            return .order(Order(question: try builder.shellCommand(["peers"] + words)))
        case _: return .order(Order(question: try builder.shellCommand(words)))
        }
    }

    /// What the shell does by itself.
    private func carryOut(_ name: String, _ arguments: [String]) throws(CommandError) {
        switch (name, arguments.count) {
        case ("quit", 0), ("exit", 0): isOver = true
        case ("quit", _), ("exit", _): throw .usage(name, "takes nothing")
        case ("set", 0): settings.lines.forEach(screen.output)
        case ("set", _):
            let former = settings.topics
            try settings.set(arguments)
            if settings.topics != former { resubscribe(former: former) }
        case (_, 0): ShellHelp.overview.forEach(screen.output)
        case (_, _): try ShellHelp.text(about: arguments[0]).forEach(screen.output)
        }
    }

    /// `-L 8080:localhost:80 [PEER]` and the like.
    private func forwardErrand(_ words: [String]) throws(CommandError) -> Errand {
        // Letter and forward may be one word or two; the peer is one more.
        let isGlued = words[0].count > (words[0].hasPrefix("-K") ? 3 : 2)
        let count = isGlued ? 1 : 2
        let line = ForwardLine(words.prefix(count).joined(separator: " "))
        guard words.count <= count + 1 else {
            throw .usage("line", "'\(words[count + 1].escapedForMessage)' is one word too many")
        }
        switch line {
        case .nothing: return .nothing
        case .help:
            ForwardLine.helpText.forEach(screen.output)
            return .nothing
        case .invalid:
            throw .usage("line", "no command begins like this", hint: "-? tells what does")
        case .add, .cancel:
            guard let peer = words.count > count ? words[count] : settings.peer else {
                return .forward(line)
            }
            return .order(try order(of: line, peer))
        }
    }

    private func order(of line: ForwardLine, _ peer: String) throws(CommandError) -> Order {
        switch line {
        case .add(let kind, let text):
            return Order(
                question: try builder.shellCommand(["add", kind.letter, text, peer]),
                doneText: ForwardLineAnswer.added, failedText: ForwardLineAnswer.failed)
        case .cancel(let kind, let entry):
            return Order(
                question: try builder.shellCommand(["cancel", kind.letter, entry, peer]),
                doneText: ForwardLineAnswer.cancelled, failedText: ForwardLineAnswer.unknown)
        case .nothing, .help, .invalid: preconditionFailure("no such line asks for a forward")
        }
    }

    /// Asks the node with whom there is a session, and goes on if it is one peer.
    private func findPeer(
        for line: ForwardLine, _ ended: @escaping (ExitCode) -> Void
    ) throws(CommandError) {
        let client = try link.connected(startingNode: false)
        client.call("node.status") { [weak self] result in
            guard let self else { return }
            do throws(CommandError) {
                try begin(order(of: line, onlySession(result)), ended)
            } catch {
                screen.report(error)
                ended(error.exitCode)
            }
        }
    }

    private func onlySession(
        _ status: Result<JSONValue, ControlError>
    ) throws(CommandError) -> String {
        var known = ShellKnowledge()
        switch status {
        case .success(let value): known.take(status: value)
        case .failure(let error): throw error.commandError
        }
        guard known.sessions.count == 1 else {
            throw .usage(
                "the peer is missing", "there are \(known.sessions.count) sessions",
                hint: "write it behind the line, or set peer PEER")
        }
        return known.sessions[0]
    }

    // MARK: The node

    private func begin(
        _ order: Order, _ ended: @escaping (ExitCode) -> Void
    ) throws(CommandError) {
        var question = order.question
        if settings.usesJSON { question.json = true }
        let client = try link.connected(startingNode: question.startsNode)
        let conversation =
            conversation ?? NodeConversation(client: client) { [screen] in screen.output($0) }
        self.conversation = conversation
        conversation.begin(question) { [weak self] outcome in
            self?.finished(order, outcome, ended)
        }
    }

    private func finished(
        _ order: Order, _ outcome: NodeConversation.Outcome, _ ended: (ExitCode) -> Void
    ) {
        // What was watched is not told any longer; what is told above the line still is.
        if case .interrupt = order.question.end { subscribe() }
        refresh()
        switch outcome {
        case .done:
            if let text = order.doneText { screen.output(text) }
            ended(.success)
        case .failed(let error):
            screen.report(error)
            if let text = order.failedText { screen.report(text) }
            ended(error.exitCode)
        case .interrupted:
            screen.report("p2pfwd: not waited for any longer")
            ended(.failure)
        }
    }

    private func connected(_ client: ControlClient) {
        conversation = nil
        subscribe()
        refresh()
    }

    private func notified(_ method: String, _ parameters: JSONValue) {
        if conversation?.notified(method, parameters) ?? false { return }
        guard isInteractive, method == "event" else { return }
        if settings.topics.contains(parameters.textMember("topic")) {
            screen.tell(event: parameters)
        }
        guard refreshTimer == nil else { return }
        refreshTimer = loop.schedule(after: Self.refreshDelay) { [weak self] in
            self?.refreshTimer = nil
            self?.refresh()
        }
    }

    private func lost() {
        let conversation = conversation
        self.conversation = nil
        knowledge = ShellKnowledge()
        let wasBusy = conversation?.isBusy ?? false
        conversation?.lost()
        guard isInteractive else { return }
        if !wasBusy { screen.report("p2pfwd: the node has ended") }
        reconnect(attempts: Self.reconnectAttempts)
    }

    /// A node that goes over to another program is there again soon.
    private func reconnect(attempts: Int) {
        guard attempts > 0, !isOver else { return }
        loop.schedule(after: Self.reconnectDelay) { [weak self] in
            guard let self, !isOver, link.client == nil else { return }
            if (try? link.connected(startingNode: false)) != nil {
                screen.report("p2pfwd: connected to the node again")
            } else {
                reconnect(attempts: attempts - 1)
            }
        }
    }

    private func resubscribe(former: [String]) {
        ask("events.unsubscribe", former)
        subscribe()
    }

    private func subscribe() {
        if isInteractive { ask("events.subscribe", settings.topics) }
    }

    private func ask(_ method: String, _ topics: [String]) {
        guard !topics.isEmpty else { return }
        let parameters = JSONValue.object([("topics", .array(topics.map { .string($0) }))])
        link.client?.call(method, parameters) { [weak self] result in
            // That the node is gone is told once, for all that it leaves unanswered.
            guard case .failure(let error) = result, error != .lost else { return }
            self?.screen.report(error.commandError)
        }
    }

    /// Names that cannot be had are not offered; whoever asks for them by a command hears why.
    private func refresh() {
        guard isInteractive, let client = link.client else { return }
        client.call("peers.list", .object([])) { [weak self] result in
            if case .success(let value) = result { self?.knowledge.take(peers: value) }
        }
        client.call("node.status", .object([("flows", .bool(true))])) { [weak self] result in
            if case .success(let value) = result { self?.knowledge.take(status: value) }
        }
    }
}
