import SRMUDP

/// Decides who may connect, and remembers who did.
///
/// Known peers come by their key. A stranger comes with a ticket of ours, which introduces exactly
/// one peer: that it was used is on disk before the peer's first byte is looked at.
package final class PeerDirectory {
    package let peers: KnownPeers
    private let tickets: IssuedTickets
    private let notes: NoteWriter
    private let clock: () -> UnixTime
    private let logger: Logger

    init(
        peers: KnownPeers, tickets: IssuedTickets, notes: NoteWriter,
        clock: @escaping () -> UnixTime, logger: Logger
    ) {
        self.peers = peers
        self.tickets = tickets
        self.notes = notes
        self.clock = clock
        self.logger = logger
    }

    /// The secret shared with whoever has this key and, perhaps, this ticket; nil for strangers.
    package func secret(for key: PublicKey, ticketID: [UInt8]?) -> SecretBytes? {
        reload()
        if let id = ticketID.flatMap(TicketID.init) {
            do throws(PeerError) {
                if let entry = try usableTicket(id, by: key) { return entry.preSharedKey }
            } catch {
                logger.error("tickets: \(error)")
            }
        }
        guard let peer = peers.peer(with: key), !peer.isExpired(at: clock()) else {
            if ticketID != nil {
                logger.debug("a ticket that is used, expired or not ours was shown")
            }
            return nil
        }
        return peer.preSharedKey
    }

    /// Records that a peer connected and returns it.
    /// - Throws: why the peer must be turned away; nothing is changed then.
    package func accept(
        _ key: PublicKey, ticketID: [UInt8]?, from address: SocketAddress
    ) throws(PeerError) -> Peer? {
        if let id = ticketID.flatMap(TicketID.init),
            try usableTicket(id, by: key) != nil
        {
            let entry = try tickets.consume(id, by: key, now: clock())
            let known = peers.peer(with: key)
            try peers.add(
                Peer(
                    name: known?.name ?? entry.peerName, publicKey: key,
                    preSharedKey: entry.preSharedKey,
                    // A relay's channel is no address to come back to.
                    candidates: address.isDialable ? [address] : [], added: clock(),
                    rights: entry.rights))
        }
        return peers.peer(with: key)
    }

    /// A ticket introduces its peer once. Who has used one and was removed since, or whose time is
    /// over, needs another.
    private func usableTicket(
        _ id: TicketID, by key: PublicKey
    ) throws(PeerError) -> IssuedTickets.Entry? {
        guard let entry = try tickets.usable(id, by: key, now: clock()) else { return nil }
        return entry.user == nil || isWelcome(key) ? entry : nil
    }

    /// Whether a peer that is connected may stay.
    package func isWelcome(_ key: PublicKey) -> Bool {
        peers.peer(with: key).map { !$0.isExpired(at: clock()) } ?? false
    }

    /// When the next peer's time is over; nil if none's is limited.
    var nextExpiry: UnixTime? {
        let now = clock()
        return peers.peers.compactMap(\.expiry).filter { $0 > now }.min()
    }

    /// How long until then, in whole seconds.
    var secondsToNextExpiry: Int64? { nextExpiry.map { $0.seconds - clock().seconds } }

    /// Notes where a peer answers, so that it is found there next time.
    func contacted(_ key: PublicKey, at address: SocketAddress) {
        guard Ticket.isUsable(address), let peer = peers.peer(with: key),
            !peer.isContact(at: address)
        else { return }
        notes.write { [home = peers.home] () throws(FileError) in
            try KnownPeers.noteContact(key, at: address, in: home)
        } _: { [weak self] complaint in
            guard let self else { return }
            // A full disk does not end a session.
            if let complaint { return logger.warning("peers: \(complaint)") }
            reload()
        }
    }

    /// Takes changes of the peers file over; a file with a mistake changes nothing.
    package func reload() {
        do throws(FileError) {
            try peers.reloadIfChanged()
        } catch {
            logger.error("peers: \(error); the peers stay as they were")
        }
    }
}
