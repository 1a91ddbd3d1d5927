import Forwarding

/// The escapes of a forward that the running node carries out for this command.
final class NodeEscapes: EscapeActions {
    /// The connection that the command has at this moment.
    var client: ControlClient?
    /// `~.` was typed.
    var whenEnded: () -> Void = {}
    private let peer: String
    private let builder: InvocationBuilder

    /// - Parameter peer: the one of the command.
    init(peer: String, builder: InvocationBuilder) {
        self.peer = peer
        self.builder = builder
    }

    func end() { whenEnded() }

    func list(_ completion: @escaping ([String]) -> Void) {
        client?.call("flow.list", .object([("peer", .string(peer))])) { result in
            switch result {
            case .success(let value): completion(NodeAnswer(result: value).lines(of: .flows))
            case .failure(let error): completion(["\(error.commandError)"])
            }
        }
    }

    /// The forward goes with the command: the node keeps it for as long as we are connected.
    func add(
        _ kind: ForwardSpecification.Kind, _ text: String,
        _ completion: @escaping ([String]) -> Void
    ) {
        let question: NodeQuestion
        do throws(CommandError) {
            question = try builder.shellCommand(["add", kind.letter, text, peer])
        } catch {
            return completion(["\(error)", ForwardLineAnswer.badForward])
        }
        var members = question.parameters.filter { $0.name != "keep" }
            .map { (name: $0.name, value: $0.value) }
        members.append(("follow", .bool(true)))
        client?.call(question.method, .object(members)) { result in
            switch result {
            // Where it listens is told by the events of the group, which we follow.
            case .success: completion([ForwardLineAnswer.added])
            case .failure(let error):
                completion(["\(error.commandError)", ForwardLineAnswer.failed])
            }
        }
    }

    func cancel(
        _ kind: ForwardSpecification.Kind, _ entry: String,
        _ completion: @escaping ([String]) -> Void
    ) {
        let question = builder.cancel(kind, at: entry, of: peer)
        client?.call(question.method, question.parametersValue) { result in
            switch result {
            case .success: completion([ForwardLineAnswer.cancelled])
            case .failure: completion([ForwardLineAnswer.unknown])
            }
        }
    }
}
