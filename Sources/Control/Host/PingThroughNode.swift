internal import Glibc
import SRMUDP

/// `p2pfwd ping` by way of the running node: what is shown is the path that its flows take.
final class PingThroughNode {
    private let options: PingOptions
    private let context: CommandContext
    private let visit: NodeVisit
    private var result: Result<ExitCode, CommandError>?

    init(options: PingOptions, context: CommandContext) throws(CommandError) {
        self.options = options
        self.context = context
        // A name that is wrong needs no node.
        _ = try PeerLookup(context: context).peer(named: options.peer)
        visit = try NodeVisit("ping", context: context, startsNode: true)
    }

    func run() throws(CommandError) -> ExitCode {
        visit.client.notified = { [unowned self] method, parameters in
            if method == "progress" { tell(parameters["answer"] ?? .null) }
        }
        if let duration = options.duration {
            visit.loop.schedule(after: .seconds(duration.seconds)) { [unowned self] in timeIsOver()
            }
        }
        let patience = min(options.connectTimeout, options.duration ?? options.connectTimeout)
        visit.client.call(
            "path.ping",
            .object([
                ("peer", .string(options.peer)), ("count", .number(PingLimits.count)),
                ("timeoutSeconds", .number(patience.seconds)),
            ])
        ) { [unowned self] answer in
            switch answer {
            case .success: finish(.success(.success))
            case .failure(let error): finish(.failure(error.commandError))
            }
        }
        do throws(SystemError) {
            try visit.loop.onSignal([SIGINT, SIGTERM]) { [unowned self] _ in
                finish(.success(.success))
            }
            try visit.loop.run()
        } catch {
            throw CommandError("event loop", "\(error)", .localError)
        }
        return try result?.get() ?? .success
    }

    private func tell(_ answer: JSONValue) {
        context.output(options.json ? answer.text : PingAnswer.line(of: answer))
        if options.endsWhenDirect, answer["kind"]?.stringValue == PathKind.direct.text {
            finish(.success(.success))
        }
    }

    private func timeIsOver() {
        guard options.endsWhenDirect else { return finish(.success(.success)) }
        finish(.failure(.noDirectPath(to: options.peer)))
    }

    private func finish(_ result: Result<ExitCode, CommandError>) {
        if self.result == nil { self.result = result }
        visit.loop.stop()
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
