import SRMUDP

/// `p2pfwd reload`: has the running node read its files again.
struct ReloadCommand {
    let context: CommandContext

    func run() throws(CommandError) -> ExitCode {
        let answer = try NodeVisit("reload", context: context).call("node.reload")
        for line in NodeAnswer(result: answer).lines(of: .reloaded) { context.report(line) }
        return .success
    }
}
