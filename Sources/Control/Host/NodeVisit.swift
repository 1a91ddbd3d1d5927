internal import Glibc
import SRMUDP

/// A command's conversation with the running node of its home, one call after the other.
final class NodeVisit {
    let loop: EventLoop
    let client: ControlClient
    private var result: Result<ExitCode, CommandError>?

    /// - Parameters:
    ///   - command: for messages.
    ///   - startsNode: whether a node is started where there is none; without it that is an error.
    init(
        _ command: String, context: CommandContext, startsNode: Bool = false
    ) throws(CommandError) {
        do throws(SystemError) {
            loop = try EventLoop()
        } catch {
            throw CommandError("event loop", "\(error)", .localError)
        }
        let access = NodeAccess(context: context, loop: loop)
        client = startsNode ? try access.connect() : try access.require(command)
    }

    /// Goes to one peer by way of the node, which is started where there is none.
    convenience init(
        _ command: String, to visit: some VisitOptions, context: CommandContext
    ) throws(CommandError) {
        // A name that is wrong needs no node.
        _ = try PeerLookup(context: context).peer(named: visit.peer)
        try self.init(command, context: context, startsNode: true)
    }

    deinit { client.close() }

    /// The parameters that all such calls have.
    func members(of visit: some VisitOptions) -> [JSONValue.Member] {
        [("peer", .string(visit.peer)), ("timeoutSeconds", .number(visit.patience.seconds))]
    }

    /// Asks the node, and tells its answer, which a signal ends the wait for.
    func ask(
        _ method: String, _ members: [JSONValue.Member], tell: @escaping (JSONValue) -> Void
    ) throws(CommandError) -> ExitCode {
        client.call(method, .object(members)) { [unowned self] answer in
            switch answer {
            case .success(let value):
                tell(value)
                finish(.success(.success))
            case .failure(let error): finish(.failure(error.commandError))
            }
        }
        do throws(SystemError) {
            try loop.onSignal([SIGINT, SIGTERM]) { [unowned self] _ in
                finish(.success(.success))
            }
            try loop.run()
        } catch {
            throw CommandError("event loop", "\(error)", .localError)
        }
        return try result?.get() ?? .success
    }

    /// Ends `ask` with what is told first.
    func finish(_ result: Result<ExitCode, CommandError>) {
        if self.result == nil { self.result = result }
        loop.stop()
    }

    /// - Parameter patience: how long the answer may take; nil: as long as it does.
    func call(
        _ method: String, _ parameters: [JSONValue.Member] = [], patience: Interval? = nil
    ) throws(CommandError) -> JSONValue {
        do throws(ControlError) {
            return try client.callAndWait(method, .object(parameters), patience: patience)
        } catch {
            throw error.commandError
        }
    }

    /// Waits until the node has closed the connection.
    /// - Returns: false if it has not in all that time.
    func waitForEnd(_ patience: Interval) throws(CommandError) -> Bool {
        let deadline = loop.now + patience
        while client.isOpen, loop.now < deadline {
            try loop.takeTurn(waitingAtMost: .milliseconds(100))
        }
        return !client.isOpen
    }
}
