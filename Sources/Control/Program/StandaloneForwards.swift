import Forwarding
import SRMUDP

/// The forwards of a command that has a node of its own: those of its command line, and those that
/// were added by hand (`~C`).
final class StandaloneForwards {
    typealias Entry = (name: String, group: ForwardGroup)

    /// What all of them are made with.
    struct Surroundings {
        let peer: Peer
        let vias: [Peer]
        let runner: NodeRunner
        let logger: Logger
        let inheritance: Inheritance?
        let builder: InvocationBuilder
        let announce: (ForwardNotice) -> Void
    }

    private let surroundings: Surroundings
    /// The first one is that of the command line.
    private(set) var groups: [Entry] = []
    private var count = 0
    /// Nil until the forwards of the command line were set up.
    private var node: Node?

    init(_ surroundings: Surroundings) { self.surroundings = surroundings }

    /// Takes what is taken on this machine for the forwards of the command line.
    ///
    /// - Throws: why one could not be set up.
    func setUp(
        _ options: ForwardOptions, changed: @escaping (ForwardGroup.Change) -> Void
    ) throws(CommandError) {
        _ = try make(options) { _, change in changed(change) }
    }

    /// Reaches the peer with this node.
    func begin(with node: Node) {
        self.node = node
        node.namedOrigins = { [unowned self] in groups.flatMap(\.group.namedOrigins) }
        node.hostState = { [unowned self] () throws(HandoverObstacle) in
            guard groups.count <= 1 else {
                throw HandoverObstacle("a forward that was added by hand cannot go on")
            }
            return []
        }
        for entry in groups { entry.group.begin(with: node) }
    }

    func handle(_ change: Session.Change, of session: Session) {
        for entry in groups { entry.group.handle(change, of: session) }
    }

    private func make(
        _ options: ForwardOptions, changed: @escaping (String, ForwardGroup.Change) -> Void
    ) throws(CommandError) -> ForwardGroup {
        count += 1
        let name = "g\(count)"
        let group = try ForwardGroup(
            options: options, to: surroundings.peer, through: surroundings.vias,
            loop: surroundings.runner.loop, logger: surroundings.logger,
            inheritance: surroundings.inheritance, forwardName: { "\(name).\($0 + 1)" },
            announce: { [surroundings] in surroundings.announce($1) }
        ) { changed(name, $0) }
        groups.append((name, group))
        return group
    }
}

extension StandaloneForwards: EscapeActions {
    func end() { surroundings.runner.end() }

    func list(_ completion: @escaping ([String]) -> Void) {
        let flows = node?.flowReports { [unowned self] origin in
            groups.lazy.flatMap(\.group.namedOrigins).first { $0.origin === origin }?.name
        }
        let answer = JSONValue.object([("flows", .array((flows ?? []).map(\.json)))])
        completion(NodeAnswer(result: answer).lines(of: .flows))
    }

    func add(
        _ kind: ForwardSpecification.Kind, _ text: String,
        _ completion: @escaping ([String]) -> Void
    ) {
        guard let node else { return completion([ForwardLineAnswer.failed]) }
        let options: ForwardOptions
        do throws(CommandError) {
            options = try surroundings.builder.forward(kind, text, to: surroundings.peer.name)
                .hosted(by: node.options)
        } catch {
            return completion(["\(error)", ForwardLineAnswer.badForward])
        }
        do throws(CommandError) {
            let group = try make(options) { [weak self] name, change in
                switch change {
                case .up: completion([ForwardLineAnswer.added])
                case .ended(let error):
                    self?.groups.removeAll { $0.name == name }
                    if let error { completion(["\(error)", ForwardLineAnswer.failed]) }
                }
            }
            group.begin(with: node)
        } catch {
            completion(["\(error)", ForwardLineAnswer.failed])
        }
    }

    func cancel(
        _ kind: ForwardSpecification.Kind, _ entry: String,
        _ completion: @escaping ([String]) -> Void
    ) {
        for (_, group) in groups {
            guard let index = group.forwards.index(kind: kind.word, entry: entry) else { continue }
            group.cancel(index)
            return completion([ForwardLineAnswer.cancelled])
        }
        completion([ForwardLineAnswer.unknown])
    }
}

extension InvocationBuilder {
    /// What a line of `~C` asks for.
    fileprivate func forward(
        _ kind: ForwardSpecification.Kind, _ text: String, to peer: String
    ) throws(CommandError) -> ForwardOptions {
        let question = try shellCommand(["add", kind.letter, text, peer])
        let members = question.parameters.filter { $0.name != "keep" }
        let request: ForwardRequest
        do throws(ControlError) {
            request = try ForwardRequest(
                ControlParameters(.object(members.map { ($0.name, $0.value) })))
        } catch {
            throw error.commandError
        }
        return try request.options()
    }
}
