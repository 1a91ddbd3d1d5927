import SRMUDP

/// Pairs with the machine that shows a code, in a process of its own or as the first step of
/// another command.
struct CodePairing {
    let code: PairingCode
    /// What the peer will be called; nil leaves that to it.
    let name: String?
    let meeting: MeetingSettings
    let context: CommandContext

    /// Pairs, and saves the peer.
    func run(logger: Logger) throws(CommandError) -> (Peer, PairedPeer) {
        let peers = try context.knownPeers()
        let paired = try exchange(logger: logger)
        do throws(PeerError) {
            return (try peers.save(paired, name: name, now: Program.now()), paired)
        } catch {
            throw CommandError("pair", error)
        }
    }

    /// Pairs for this one time: nothing is saved.
    func runOnce(logger: Logger) throws(CommandError) -> (Peer, PairedPeer) {
        let paired = try exchange(logger: logger)
        let label = paired.profile.label
        let peer = Peer(
            name: Peer.isValid(name: label) ? label : "peer", publicKey: paired.publicKey,
            preSharedKey: paired.preSharedKey,
            candidates: paired.profile.candidates.map(\.address), added: Program.now(),
            servers: paired.servers)
        return (peer, paired)
    }

    private func exchange(logger: Logger) throws(CommandError) -> PairedPeer {
        let runner = try NodeRunner()
        let node = try Node.forPairing(
            meeting, context: context, loop: runner.loop, logger: logger)
        var result: PairedPeer?
        var entry: CodeEntry?
        let newEntry = CodeEntry(
            code: code, profile: node.profile(offers: [], isServing: false), meeting: node.meeting,
            loop: runner.loop, random: context.random, logger: logger
        ) { change in
            switch change {
            case .paired(let paired):
                result = paired
                // The word that it is done has to leave before the program does.
                runner.loop.schedule(after: CodeEntry.farewellTime) { runner.end() }
            case .failed(let failure):
                let servers = entry?.refusalText
                runner.loop.schedule(after: CodeEntry.farewellTime) {
                    runner.fail(.pairing(failure, servers: servers))
                }
            }
        }
        entry = newEntry
        node.reportServer = { server, change in
            ServerReporter(logger: logger).report(server, change)
            newEntry.handle(change, of: server)
        }
        newEntry.start()
        _ = try runner.run(node)
        guard let result else {
            throw CommandError("pair", "\(PairingFailure.cancelled)", .failure)
        }
        return result
    }
}
