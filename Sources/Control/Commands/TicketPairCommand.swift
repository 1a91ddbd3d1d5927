import SRMUDP

/// `p2pfwd pair` with a ticket: saves the peer that issued it, or that answered one of ours.
package struct TicketPairCommand {
    package let options: PairOptions

    package init(options: PairOptions) { self.options = options }

    package func run(in context: CommandContext) throws(CommandError) -> ExitCode {
        let identity = try context.identity()
        let text = try read(context)
        let ticket: Ticket
        do throws(TicketError) {
            ticket = try Ticket(parsing: text)
            try ticket.check(now: context.now, ownKey: identity.keyPair.publicKey)
        } catch {
            throw CommandError("pair", .ticket(error))
        }
        switch ticket.kind {
        case .offer(let preSharedKey):
            try accept(ticket, preSharedKey, identity, context)
        case .answer: try complete(ticket, context)
        }
        return .success
    }

    private func read(_ context: CommandContext) throws(CommandError) -> String {
        switch options.source {
        case .argument(let text): return text
        case .standardInput: return try context.readInput()
        case .file(let path):
            do throws(FileError) {
                // Unlike our own files it may have any mode: it came from somewhere else.
                guard let bytes = try DurableFile(path: path).read(checksOwner: false) else {
                    throw .system(path: path, call: "open", errno: 2)
                }
                return String(decoding: bytes, as: UTF8.self)
            } catch {
                throw CommandError("--ticket-file", error)
            }
        }
    }

    /// Saves the issuer of an offer and prints the answer.
    private func accept(
        _ ticket: Ticket, _ preSharedKey: SecretBytes, _ identity: Identity,
        _ context: CommandContext
    ) throws(CommandError) {
        let peer = Peer(
            name: try name(for: ticket), publicKey: ticket.issuer, preSharedKey: preSharedKey,
            candidates: ticket.candidates, added: context.now, ticketID: ticket.id,
            rights: options.rights)
        try save(peer, context)
        let candidates = try context.allCandidates(given: options.addresses)
        let answer =
            candidates.isEmpty
            ? nil
            : ticket.answer(
                issuer: identity.keyPair.publicKey, candidates: candidates, label: context.label)
        report(peer, answer, context)
    }

    /// Saves who answered an offer of ours; that uses the offer up.
    private func complete(_ answer: Ticket, _ context: CommandContext) throws(CommandError) {
        let entry = try consume(answer, try context.issuedTickets(), now: context.now)
        let peer = Peer(
            name: options.name ?? entry.peerName, publicKey: answer.issuer,
            preSharedKey: entry.preSharedKey, candidates: answer.candidates, added: context.now,
            rights: options.rights == PeerRights() ? entry.rights : options.rights)
        try save(peer, context)
        report(peer, nil, context)
    }

    private func consume(
        _ answer: Ticket, _ tickets: IssuedTickets, now: UnixTime
    ) throws(CommandError) -> IssuedTickets.Entry {
        do throws(PeerError) {
            guard let entry = try tickets.usable(answer.id, by: answer.issuer, now: now) else {
                throw .ticket(.unknownOffer)
            }
            guard answer.isAuthentic(preSharedKey: entry.preSharedKey) else {
                throw .ticket(.forgedAnswer)
            }
            return try tickets.consume(answer.id, by: answer.issuer, now: now)
        } catch {
            throw CommandError("pair", error)
        }
    }

    private func name(for ticket: Ticket) throws(CommandError) -> String {
        if let name = options.name { return name }
        guard Peer.isValid(name: ticket.label) else {
            throw .usage(
                "pair", "the ticket does not say what the peer is called",
                hint: "give it a name: p2pfwd pair --name NAME")
        }
        return ticket.label
    }

    private func save(_ peer: Peer, _ context: CommandContext) throws(CommandError) {
        let peers = try context.knownPeers()
        do throws(PeerError) { try peers.add(peer) } catch { throw CommandError("pair", error) }
    }

    private func report(_ peer: Peer, _ answer: Ticket?, _ context: CommandContext) {
        if options.json {
            var members: [(String, JSONValue)] = [
                ("name", .string(peer.name)), ("id", .string("\(NodeID(peer.publicKey))")),
            ]
            if let answer { members.append(("answer", .string(answer.text))) }
            context.output(JSONValue.object(members).text)
            return
        }
        context.report("saved '\(peer.name)' (\(NodeID(peer.publicKey)))")
        if let answer {
            context.output(answer.text)
            context.report(
                "if '\(peer.name)' cannot be reached from here, give it this answer: p2pfwd pair")
        }
    }
}
