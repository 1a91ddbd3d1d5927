import SRMUDP

/// `p2pfwd why` by way of the running node: it explains the path that its flows take.
struct WhyThroughNode {
    let options: WhyOptions
    let context: CommandContext

    func run() throws(CommandError) -> ExitCode {
        let visit = try NodeVisit("why", to: options, context: context)
        return try visit.ask("path.why", visit.members(of: options)) { answer in
            guard !options.json else { return context.output(answer["explanation"]?.text ?? "") }
            for line in answer["lines"]?.arrayValue ?? [] { context.output(line.stringValue ?? "") }
        }
    }
}
