import SRMUDP

/// `p2pfwd __complete WORD`: what the completion scripts ask for while a line is typed, one word a
/// line: `peers` (paired ones and those of the configuration file), `keys` of the configuration file,
/// and `forwards` of the node that is running.
///
/// It never complains: a shell has no place for it while a line is typed.
package struct CompleteCommand {
    package let word: String
    let surroundings: Surroundings

    package init(word: String, surroundings: Surroundings) {
        self.word = word
        self.surroundings = surroundings
    }

    package func run(in context: CommandContext) -> ExitCode {
        for word in words(in: context) { context.output(word) }
        return .success
    }

    private func words(in context: CommandContext) -> [String] {
        switch word {
        case "peers":
            let paired = (try? KnownPeers(context.home).peers.map(\.name)) ?? []
            let path = context.home.nodeConfigurationFile
            let file = try? ConfigurationFile.load(path, surroundings: surroundings)
            let configured = file?.peers.map(\.name) ?? []
            return paired + configured.filter { !paired.contains($0) }
        case "keys":
            var seen: Set<String> = []
            return ConfigurationKey.all.map(\.name).filter { seen.insert($0).inserted }
        case "forwards": return forwards(in: context)
        default: return []
        }
    }

    /// How long the node may take to answer.
    private static let patience: Interval = .seconds(1)

    private func forwards(in context: CommandContext) -> [String] {
        guard let visit = try? NodeVisit("forwards", context: context),
            let answer = try? visit.call("forward.list", patience: Self.patience)
        else { return [] }
        let groups = answer["groups"]?.arrayValue ?? []
        return groups.flatMap { $0["forwards"]?.arrayValue ?? [] }
            .compactMap { $0["forward"]?.stringValue }
    }
}
