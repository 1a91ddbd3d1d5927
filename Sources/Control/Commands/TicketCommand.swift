import SRMUDP

/// `p2pfwd ticket`: issues a ticket and prints it.
package struct TicketCommand {
    package let options: TicketOptions

    package init(options: TicketOptions) { self.options = options }

    package func run(in context: CommandContext) throws(CommandError) -> ExitCode {
        let identity = try context.identity()
        let candidates = try context.allCandidates(given: options.addresses)
        guard !candidates.isEmpty else {
            throw CommandError(
                "ticket", "this node has no address that another machine could reach",
                hint: "name one: --address 192.0.2.1:7001", .failure)
        }
        try checkName(try context.knownPeers())
        let tickets = try context.issuedTickets()
        let entry: IssuedTickets.Entry
        do throws(PeerError) {
            entry = try tickets.issue(
                peerName: options.peerName, lifetime: options.lifetime, rights: options.rights,
                now: context.now, random: context.random)
        } catch {
            throw CommandError("ticket", error)
        }
        let ticket = Ticket.offer(
            id: entry.id, preSharedKey: entry.preSharedKey,
            issuer: identity.keyPair.publicKey, expiry: entry.expiry, candidates: candidates,
            label: context.label)
        write(ticket, to: context)
        return .success
    }

    /// A name that is taken would make the ticket useless: its user's key is another one.
    private func checkName(_ peers: KnownPeers) throws(CommandError) {
        guard peers.peers.contains(where: { $0.name == options.peerName }) else { return }
        throw CommandError("ticket", .nameTaken(name: options.peerName))
    }

    private func write(_ ticket: Ticket, to context: CommandContext) {
        if options.json {
            context.output(
                JSONValue.object([
                    ("ticket", .string(ticket.text)), ("name", .string(options.peerName)),
                    ("expires", .string("\(ticket.expiry)")),
                    ("candidates", .array(ticket.candidates.map { .string("\($0)") })),
                ]).text)
        } else {
            context.output(ticket.text)
            context.report(
                "for '\(options.peerName)', one use, until \(ticket.expiry). "
                    + "Whoever has it first is '\(options.peerName)': hand it over in private.")
        }
    }
}
