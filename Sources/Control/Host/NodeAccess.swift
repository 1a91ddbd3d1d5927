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
        guard let client = try connectSoon() else {
            throw CommandError(
                "node", "it was started and does not answer", hint: "see \(context.home.log)",
                .localError)
        }
        return client
    }

    /// A connection to a node that is just starting; nil if there is none in all that time.
    func connectSoon() throws(CommandError) -> ControlClient? {
        let deadline = loop.now + Self.retryTime
        while loop.now < deadline {
            if let client = try connectIfRunning() { return client }
            loop.schedule(after: Self.retryInterval) {}
            try loop.takeTurn(waitingAtMost: Self.retryInterval)
        }
        return nil
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

extension EventLoop {
    /// Lets happen what is due, for a command that waits.
    func takeTurn(waitingAtMost interval: Interval) throws(CommandError) {
        do throws(SystemError) {
            try runTurn(waitingAtMost: interval)
        } catch {
            throw CommandError("event loop", "\(error)", .localError)
        }
    }
}
