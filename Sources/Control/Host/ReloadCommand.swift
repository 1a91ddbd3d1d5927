import SRMUDP

/// `p2pfwd reload`: has the running node read its files again.
struct ReloadCommand {
    let context: CommandContext

    func run() throws(CommandError) -> ExitCode {
        _ = try NodeVisit("reload", context: context).call("node.reload")
        context.report("reloaded")
        return .success
    }
}
