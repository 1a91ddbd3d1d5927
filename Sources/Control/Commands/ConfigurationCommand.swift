import SRMUDP

/// `p2pfwd config`: checks the configuration file and shows what holds.
package struct ConfigurationCommand {
    let action: ConfigurationAction
    let builder: InvocationBuilder
    /// The value of `--home`.
    let homeOption: String?

    package init(action: ConfigurationAction, builder: InvocationBuilder, homeOption: String?) {
        self.action = action
        self.builder = builder
        self.homeOption = homeOption
    }

    package func run(in context: CommandContext) throws(CommandError) -> ExitCode {
        switch action {
        case .path: context.output(context.home.nodeConfigurationFile)
        case .check(let file): try check(file, context)
        case .show(let peer, let json):
            let values = try values(for: peer, context)
            context.output(json ? values.json(for: peer).text : values.text(for: peer))
        case .get(let key, let peer):
            let value = try values(for: peer, context).values.first { $0.key.name == key }
            guard let value, !value.texts.isEmpty else { return .failure }
            for text in value.texts { context.output(text) }
        }
        return .success
    }

    private func check(_ given: String?, _ context: CommandContext) throws(CommandError) {
        let path = given ?? context.home.nodeConfigurationFile
        let file = try ConfigurationFile.load(path, surroundings: builder.surroundings)
        guard let file else {
            guard given == nil else {
                throw CommandError("config check", "\(path): there is no such file", .usage)
            }
            context.report("\(path): there is no such file, so the defaults hold")
            return
        }
        for peer in file.peers where !peer.forwards.isEmpty {
            _ = try builder.forwarding(to: peer, in: file, home: homeOption)
        }
        let autostarted = try builder.autostarted(in: file, home: homeOption)
        for warning in file.warnings { context.report(warning) }
        // A home that cannot be read is told by the commands that need it.
        if let paired = try? KnownPeers(context.home).peers.map(\.name) {
            for peer in file.peers where !paired.contains(peer.name) {
                context.report("\(file.origin(peer.place)): no peer '\(peer.name)' is paired yet")
            }
        }
        let forwards = file.peers.reduce(0) { $0 + $1.forwards.count }
        context.output(
            "\(path): good: \(file.peers.count) peers, \(forwards) forwards, "
                + "\(autostarted.flatMap(\.forwards).count) started with the node")
    }

    private func values(
        for peer: String?, _ context: CommandContext
    ) throws(CommandError) -> EffectiveValues {
        let path = context.home.nodeConfigurationFile
        let file = try ConfigurationFile.load(path, surroundings: builder.surroundings)
        var settings: [Setting] = []
        if let peer {
            var reader = ConfigurationReader(peer: peer, surroundings: builder.surroundings)
            settings = try reader.read(context.home.configurationFile, isRequired: false)
        }
        return EffectiveValues(file: file, peer: peer, settings: settings)
    }
}
