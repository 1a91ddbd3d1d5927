internal import Glibc
import SRMUDP

/// `p2pfwd sessions` and all the commands that do nothing but ask the running node.
package struct AskCommand {
    private let question: NodeQuestion
    private let context: CommandContext

    package init(question: NodeQuestion, context: CommandContext) {
        self.question = question
        self.context = context
    }

    package func run() throws(CommandError) -> ExitCode {
        let result: Result<ExitCode, CommandError>
        do throws(SystemError) {
            result = try run(on: EventLoop())
        } catch {
            throw CommandError("event loop", "\(error)", .localError)
        }
        return try result.get()
    }

    private func run(
        on loop: EventLoop
    ) throws(SystemError) -> Result<ExitCode, CommandError> {
        let client: ControlClient
        do throws(CommandError) {
            client = try connect(loop)
        } catch {
            return .failure(error)
        }
        defer { client.close() }
        let conversation = NodeConversation(client: client, printLine: context.output)
        client.notified = { _ = conversation.notified($0, $1) }
        client.whenLost = { conversation.lost() }
        try loop.onSignal([SIGINT, SIGTERM, SIGHUP]) { _ in conversation.interrupt() }
        var result: Result<ExitCode, CommandError> = .success(.failure)
        conversation.begin(question) { outcome in
            switch outcome {
            case .done: result = .success(.success)
            case .failed(let error): result = .failure(error)
            case .interrupted: result = .success(.failure)
            }
            loop.stop()
        }
        try loop.run()
        return result
    }

    private func connect(_ loop: EventLoop) throws(CommandError) -> ControlClient {
        let access = NodeAccess(context: context, loop: loop)
        if question.startsNode { return try access.connect() }
        return try access.require(question.name)
    }
}
