/// The commands that need no network, by what the command line asked for.
package enum LocalCommands {
    /// Runs the command; nil if it needs the network (`serve` and forwarding).
    package static func run(
        _ command: Invocation.Command, in context: CommandContext
    ) throws(CommandError) -> ExitCode? {
        switch command {
        case .help(let text):
            context.output(text)
            return .success
        case .version:
            context.output("p2pfwd \(CommandLineModel.version)")
            return .success
        case .id(let json): return try IDCommand(json: json).run(in: context)
        case .ticket(let options): return try TicketCommand(options: options).run(in: context)
        case .pair(let options): return try PairCommand(options: options).run(in: context)
        case .peers(let action): return try PeersCommand(action: action).run(in: context)
        case .complete(let word): return CompleteCommand(word: word).run(in: context)
        case .serve, .forward: return nil
        }
    }
}
