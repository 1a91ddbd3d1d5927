import SRMUDP

/// `p2pfwd stop`: ends the running node and waits until it is gone.
struct StopCommand {
    /// Longer than a node takes to let its flows finish.
    private static let patience: Interval = .seconds(15)

    let isAtOnce: Bool
    let context: CommandContext

    func run() throws(CommandError) -> ExitCode {
        let visit = try NodeVisit("stop", context: context)
        _ = try visit.call("node.stop", [("now", .bool(isAtOnce))])
        guard try visit.waitForEnd(Self.patience) else {
            throw CommandError("stop", "the node does not end", .failure)
        }
        context.report("the node has ended")
        return .success
    }
}
