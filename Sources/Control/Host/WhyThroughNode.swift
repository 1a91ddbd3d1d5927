import SRMUDP

/// `p2pfwd why` by way of the running node: it explains the path that its flows take.
struct WhyThroughNode {
    let options: WhyOptions
    let context: CommandContext

    func run() throws(CommandError) -> ExitCode {
        _ = try PeerLookup(context: context).peer(named: options.peer)
        let visit = try NodeVisit("why", context: context, startsNode: true)
        let answer = try visit.call(
            "path.why",
            [
                ("peer", .string(options.peer)),
                ("timeoutSeconds", .number(options.connectTimeout.seconds)),
            ])
        if options.json {
            context.output(answer["explanation"]?.text ?? "")
        } else {
            for line in answer["lines"]?.arrayValue ?? [] { context.output(line.stringValue ?? "") }
        }
        return .success
    }
}
