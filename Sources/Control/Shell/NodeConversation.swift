/// Carries out commands at a node, one at a time, and shows what comes of them.
///
/// The owner of the client hands on what the node tells without being asked (`notified`), and that
/// the connection is gone (`lost`).
final class NodeConversation {
    enum Outcome: Equatable {
        case done
        case failed(CommandError)
        /// Nobody waits any longer.
        case interrupted
    }

    private enum State {
        case idle
        /// The answer is waited for.
        case asked(NodeQuestion)
        /// The answer has come, and events that belong to it follow.
        case following(NodeQuestion, invitation: String?)
    }

    private let client: ControlClient
    private let printLine: (String) -> Void
    private var state = State.idle
    private var ended: (Outcome) -> Void = { _ in }
    /// Tells the answer that is waited for from one that nobody waits for any longer.
    private var number = 0
    /// The call that is waited for, as its `progress` has it.
    private var callID: Int64?
    private var hasPaired = false

    /// - Parameter printLine: prints a line of a result.
    init(client: ControlClient, printLine: @escaping (String) -> Void) {
        self.client = client
        self.printLine = printLine
    }

    var isBusy: Bool {
        switch state {
        case .idle: false
        case .asked, .following: true
        }
    }

    /// - Parameter ended: called once, never from within here.
    func begin(_ question: NodeQuestion, ended: @escaping (Outcome) -> Void) {
        precondition(!isBusy, "one question at a time")
        self.ended = ended
        state = .asked(question)
        hasPaired = false
        number += 1
        callID = client.call(question.method, question.parametersValue) {
            [weak self, number] result in
            guard let self, number == self.number else { return }
            answered(question, result)
        }
    }

    /// Ctrl-C: gives up waiting, or ends what goes on until then.
    func interrupt() {
        switch state {
        case .idle: return
        case .asked(let question):
            if case .interrupt = question.end { unsubscribe(question) }
            finish(.interrupted)
        case .following(let question, let invitation):
            switch question.end {
            case .answer: preconditionFailure("nothing follows an answer")
            case .invitation:
                if let invitation { ask("pair.cancel", [("invitation", .string(invitation))]) }
                finish(.interrupted)
            case .interrupt:
                unsubscribe(question)
                finish(.done)
            }
        }
    }

    /// - Returns: whether the notification belongs to the question, and was shown with it.
    func notified(_ method: String, _ parameters: JSONValue) -> Bool {
        switch (state, method) {
        case (.asked(let question), "progress")
        where question.view == .pings && parameters.numberMember("call") == callID:
            let answer = parameters["answer"] ?? .null
            printLine(
                question.json ? answer.text : PingAnswer.line(of: answer).withoutControls)
            return true
        case (.asked(let question), "event"): return take(parameters, question, nil)
        case (.following(let question, let invitation), "event"):
            return take(parameters, question, invitation)
        case (.idle, _), (.asked, _), (.following, _): return false
        }
    }

    func lost() {
        guard isBusy else { return }
        finish(.failed(CommandError("node", "it ended, or closed the connection", .localError)))
    }

    private func answered(_ question: NodeQuestion, _ result: Result<JSONValue, ControlError>) {
        switch result {
        case .failure(let error): finish(.failed(error.commandError))
        case .success(let result):
            switch question.end {
            case .answer:
                tell(question, result)
                finish(.done)
            case .invitation:
                state = .following(question, invitation: result["invitation"]?.stringValue)
            case .interrupt: state = .following(question, invitation: nil)
            }
        }
    }

    private func tell(_ question: NodeQuestion, _ result: JSONValue) {
        let answer = NodeAnswer(result: result)
        // Each ping was told when it came.
        if question.json, question.view != .pings {
            return printLine(answer.json(of: question.view))
        }
        for line in answer.lines(of: question.view) { printLine(line) }
    }

    private func take(
        _ event: JSONValue, _ question: NodeQuestion, _ invitation: String?
    ) -> Bool {
        let topic = event.textMember("topic")
        switch question.end {
        case .answer: return false
        case .interrupt(let topics):
            guard topics.contains(topic) else { return false }
            show(event, question)
            return true
        case .invitation:
            guard topic == "pair",
                invitation == nil || event["invitation"]?.stringValue == invitation
            else { return false }
            show(event, question)
            if event.textMember("kind") == "paired" { hasPaired = true }
            if event.textMember("kind") == "finished" { finish(ofInvitation: event) }
            return true
        }
    }

    private func finish(ofInvitation event: JSONValue) {
        let reason = event["reason"]?.stringValue ?? "nobody used the code"
        finish(hasPaired ? .done : .failed(CommandError("pair", reason, .failure)))
    }

    private func show(_ event: JSONValue, _ question: NodeQuestion) {
        if question.json { return printLine(event.text) }
        for line in NodeAnswer.event(event) { printLine(line) }
    }

    private func unsubscribe(_ question: NodeQuestion) {
        guard case .interrupt(let topics) = question.end else { return }
        ask("events.unsubscribe", [("topics", .array(topics.map { .string($0) }))])
    }

    /// Nobody waits for the answer.
    private func ask(_ method: String, _ parameters: [JSONValue.Member]) {
        client.call(method, .object(parameters)) { _ in }
    }

    private func finish(_ outcome: Outcome) {
        state = .idle
        number += 1
        let ended = ended
        self.ended = { _ in }
        ended(outcome)
    }
}
