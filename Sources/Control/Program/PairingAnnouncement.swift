import SRMUDP

/// What people and programs are told while nodes are paired by a code.
struct PairingAnnouncement {
    let context: CommandContext
    let json: Bool

    /// The code is there: what to type on the other machine.
    func code(
        _ code: PairingCode, lifetime: Lifetime, isLocalOnly: Bool, servers: [ServerAddress]
    ) {
        let option = servers.first.map { " --rendezvous \($0)" } ?? ""
        guard !json else {
            return context.output(
                JSONValue.object([
                    ("event", .string("code")), ("code", .string(code.text)),
                    ("command", .string("p2pfwd pair \(code.text)\(option)")),
                    ("seconds", .number(lifetime.seconds)), ("localOnly", .bool(isLocalOnly)),
                ]).text)
        }
        context.output("p2pfwd pair \(code.text)")
        var lines = [
            "type this on the other machine within \(lifetime); one wrong guess makes it void"
        ]
        if isLocalOnly {
            lines.append("no rendezvous server answers: it works on the same LAN only")
        } else if !option.isEmpty {
            lines.append("where no rendezvous server is configured, add\(option)")
        }
        lines.append("waiting; Ctrl-C ends it")
        for line in lines { context.report("p2pfwd: \(line)") }
    }

    /// Somebody used our code.
    func entered(_ peer: Peer, _ paired: PairedPeer, usesLeft: Int) {
        guard !json else {
            return context.output(
                event(
                    "paired", peer, paired,
                    more: [
                        ("usesLeft", .number(Int64(usesLeft)))
                    ]))
        }
        context.report("p2pfwd: paired with '\(peer.name)' (\(NodeID(peer.publicKey)))")
        context.report("p2pfwd: check phrase: \(paired.checkPhraseText) (the same on both screens)")
        if usesLeft > 0 { context.report("p2pfwd: the code is good for \(usesLeft) more") }
    }

    /// We used the code of another machine.
    func joined(_ peer: Peer, _ paired: PairedPeer) {
        guard !json else {
            return context.output(event("paired", peer, paired, more: []))
        }
        context.report("saved '\(peer.name)' (\(NodeID(peer.publicKey)))")
        context.report("check phrase: \(paired.checkPhraseText) (the same on both screens)")
        if !paired.profile.offers.isEmpty {
            context.report("it offers \(paired.profile.offers.joined(separator: ", "))")
        }
        let offer = paired.exampleOffer ?? (host: "localhost", port: "80")
        let local = offer.port.count < 4 ? "80\(offer.port)" : offer.port
        context.report(
            "to use it: p2pfwd -L \(local):\(offer.host):\(offer.port) \(peer.name)")
    }

    private func event(
        _ name: String, _ peer: Peer, _ paired: PairedPeer, more: [(String, JSONValue)]
    ) -> String {
        JSONValue.object(
            [
                ("event", .string(name)), ("name", .string(peer.name)),
                ("id", .string("\(NodeID(peer.publicKey))")),
                ("checkPhrase", .string(paired.checkPhraseText)),
                ("offers", .array(paired.profile.offers.map { .string($0) })),
            ] + more
        ).text
    }
}
