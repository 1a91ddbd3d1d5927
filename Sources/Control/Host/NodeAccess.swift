import SRMUDP

/// Finds the running node of a home, or starts it.
struct NodeAccess {
    /// How often a node that is just starting or ending is looked for, and how long in all.
    private static let retryInterval: Interval = .milliseconds(50)
    private static let retryTime: Interval = .seconds(10)

    let context: CommandContext
    let loop: EventLoop

    /// A connection to the node; nil if none is running.
    func connectIfRunning() throws(CommandError) -> ControlClient? {
        do throws(SystemError) {
            return try ControlClient(path: context.home.control, loop: loop)
        } catch {
            // A socket whose process is gone is as good as none.
            guard [ErrorNumber.noSuchFile, ErrorNumber.connectionRefused].contains(error.code)
            else { throw CommandError("control", "\(error)", .localError) }
            return nil
        }
    }

    /// A connection to the node, which is started where there is none.
    func connect() throws(CommandError) -> ControlClient {
        if let client = try connectIfRunning() { return client }
        // Whatever keeps a node from starting is told here, not in its log.
        _ = try context.identity()
        try context.startNode()
        let deadline = loop.now + Self.retryTime
        while loop.now < deadline {
            if let client = try connectIfRunning() { return client }
            do throws(SystemError) {
                loop.schedule(after: Self.retryInterval) {}
                try loop.runTurn(waitingAtMost: Self.retryInterval)
            } catch {
                throw CommandError("event loop", "\(error)", .localError)
            }
        }
        throw CommandError(
            "node", "it was started and does not answer", hint: "see \(context.home.log)",
            .localError)
    }

    /// The node, for a command that makes no sense without one.
    func require(_ command: String) throws(CommandError) -> ControlClient {
        guard let client = try connectIfRunning() else {
            throw CommandError(
                command, "no node of this home is running",
                hint: "p2pfwd serve starts one, and so does a forward", .failure)
        }
        return client
    }
}
