import SRMUDP

/// `p2pfwd __node`: the node that a command has started because there was none.
struct NodeCommand {
    /// How long it stays when nobody uses it, unless the command says otherwise.
    static let linger = Lifetime.minutes(1)

    /// What the configuration file says by then.
    struct Reading {
        var settings: NodeSettings
        var messages = MessageSettings()
    }

    let context: CommandContext
    let linger: Lifetime
    let reading: Reading
    let errors: ErrorOutput
    let reread: () throws(CommandError) -> Reading

    /// - Parameter ready: called once when commands can use the node.
    func run(
        logger: Logger, ready: () throws(CommandError) -> Void
    ) throws(CommandError) -> ExitCode {
        let runner = try NodeRunner()
        let options = NodeHost.Options(
            command: "node", node: nodeOptions(reading.settings),
            linger: .seconds(linger.seconds))
        let host: NodeHost
        do throws(CommandError) {
            host = try NodeHost(
                options: options, runner: runner, context: context, logger: logger)
        } catch {
            // Two commands started one at the same time; the other one's serves both, soon.
            guard error.tellsOfRunningNode,
                let client = try NodeAccess(context: context, loop: runner.loop).connectSoon()
            else { throw error }
            client.close()
            try ready()
            return .success
        }
        host.observe = { [unowned host] session, change in
            // Each flow would be too much, for the log and to be put into words for nothing.
            if case .forwarding = change { return }
            if let event = NodeEvent(change, of: session) {
                host.nodeLogger.info(event.text)
            }
        }
        var current = reading
        runner.onReload = { [unowned host] (reloading) throws(CommandError) in
            let new = try reread()
            reloading.add { [errors] in
                errors.use(new.messages.format)
                if new.messages.level != current.messages.level {
                    host.nodeLogger.threshold.level = new.messages.level
                }
                current = new
            }
            try host.node.prepare(nodeOptions(new.settings), in: &reloading)
        }
        try ready()
        logger.info("node \(NodeID(host.node.publicKey)) at \(host.node.address)")
        return try host.run()
    }

    private func nodeOptions(_ settings: NodeSettings) -> Node.Options {
        Node.Options(
            label: context.label, meeting: settings.meeting, transport: settings.transport)
    }
}
