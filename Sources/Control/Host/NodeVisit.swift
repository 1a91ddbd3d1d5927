import SRMUDP

/// A command's conversation with the running node of its home, one call after the other.
final class NodeVisit {
    let loop: EventLoop
    let client: ControlClient

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

    deinit { client.close() }

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
