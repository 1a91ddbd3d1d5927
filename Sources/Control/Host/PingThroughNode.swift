import SRMUDP

/// `p2pfwd ping` by way of the running node: what is shown is the path that its flows take.
final class PingThroughNode {
    private let options: PingOptions
    private let context: CommandContext
    private let visit: NodeVisit

    init(options: PingOptions, context: CommandContext) throws(CommandError) {
        self.options = options
        self.context = context
        visit = try NodeVisit("ping", to: options, context: context)
    }

    func run() throws(CommandError) -> ExitCode {
        visit.client.notified = { [unowned self] method, parameters in
            if method == "progress" { tell(parameters["answer"] ?? .null) }
        }
        if let duration = options.duration {
            visit.loop.schedule(after: .seconds(duration.seconds)) { [unowned self] in
                timeIsOver()
            }
        }
        let members = visit.members(of: options) + [("count", .number(PingLimits.count))]
        return try visit.ask("path.ping", members) { _ in }
    }

    private func tell(_ answer: JSONValue) {
        context.output(options.json ? answer.text : PingAnswer.line(of: answer))
        if options.endsWhenDirect, answer["kind"]?.stringValue == PathKind.direct.text {
            visit.finish(.success(.success))
        }
    }

    private func timeIsOver() {
        guard options.endsWhenDirect else { return visit.finish(.success(.success)) }
        visit.finish(.failure(.noDirectPath(to: options.peer)))
    }
}

/// How often one call may ask.
enum PingLimits {
    static let count: Int64 = 86_400
}

extension CommandError {
    static func noDirectPath(to peer: String) -> CommandError {
        CommandError(
            "no direct path to '\(peer)'", "the path is still relayed", hint: "p2pfwd why \(peer)",
            .noDirectPath)
    }
}
