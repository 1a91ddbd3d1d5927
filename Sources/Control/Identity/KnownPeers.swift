import SRMUDP

/// The peers of this node, as the file `peers` has them, with what `contacts` adds about where they
/// were found.
///
/// The first line of `peers` is `p2pfwd peers 1`; each other one is a peer (`Peer`), a comment (`#`)
/// or empty. The user may edit the file while the node runs: `reloadIfChanged` takes the change over,
/// and a file with a mistake is refused whole, with the old peers kept. Only what the user asks for,
/// and a peer that comes with a ticket, rewrite it, under a lock that all processes respect, from what
/// it holds at that moment.
package final class KnownPeers {
    /// Candidates are led by where the peer was found; a ticket that was used is left out.
    package private(set) var peers: [Peer] = []

    /// Where they are kept.
    let home: HomeDirectory
    private let file: RecordFile<Peer>
    private let contacts: RecordFile<Contact>

    private static let header = "p2pfwd peers 1"

    /// - Throws: what is wrong with a file; that there is none yet is not an error.
    package init(_ home: HomeDirectory) throws(FileError) {
        self.home = home
        file = try RecordFile(
            file: home.peers, header: Self.header, parse: Self.parse, line: \.line)
        contacts = try Contact.records(in: home.contacts)
        merge()
    }

    /// - Returns: whether anything was read.
    /// - Throws: what is wrong with a file; the peers stay as they were.
    @discardableResult
    package func reloadIfChanged() throws(FileError) -> Bool {
        let hasOthers = try file.reloadIfChanged()
        let hasMoved = try contacts.reloadIfChanged()
        guard hasOthers || hasMoved else { return false }
        merge()
        return true
    }

    package func peer(named name: String) throws(PeerError) -> Peer {
        peers[try index(of: name, in: peers)]
    }

    package func peer(with key: PublicKey) -> Peer? { peers.first { $0.publicKey == key } }

    /// Adds a peer, or takes over the new secret and candidates of one that is known.
    ///
    /// - Throws: `keyChanged` if the name belongs to another key, `knownAs` if the key has another
    ///   name.
    package func add(_ peer: Peer) throws(PeerError) {
        guard Peer.isValid(name: peer.name) else { throw .badName(name: peer.name) }
        try rewrite { peers throws(PeerError) in
            guard let index = peers.firstIndex(where: { $0.name == peer.name }) else {
                if let known = peers.first(where: { $0.publicKey == peer.publicKey }) {
                    throw .knownAs(name: known.name)
                }
                peers.append(peer)
                return
            }
            guard peers[index].publicKey == peer.publicKey else {
                throw .keyChanged(name: peer.name)
            }
            peers[index].preSharedKey = peer.preSharedKey
            peers[index].candidates = peer.candidates
            peers[index].expiry = peer.expiry
            peers[index].ticketID = peer.ticketID
            peers[index].servers = peer.servers
            if peer.rights != PeerRights() { peers[index].rights = peer.rights }
        }
        try forgetContact(of: peer.publicKey)
    }

    /// Ends the peer's grant; it stays in the list.
    package func revoke(named name: String, now: UnixTime) throws(PeerError) {
        try rewrite { peers throws(PeerError) in
            let index = try self.index(of: name, in: peers)
            peers[index].expiry = min(peers[index].expiry ?? now, now)
        }
    }

    /// Changes what a peer may do, and until when.
    package func permit(
        named name: String,
        _ change: (_ rights: inout PeerRights, _ expiry: inout UnixTime?) -> Void
    ) throws(PeerError) {
        try rewrite { peers throws(PeerError) in
            let index = try self.index(of: name, in: peers)
            var peer = peers[index]
            change(&peer.rights, &peer.expiry)
            peers[index] = peer
        }
    }

    package func remove(named name: String) throws(PeerError) {
        var key: PublicKey?
        try rewrite { peers throws(PeerError) in
            key = peers.remove(at: try self.index(of: name, in: peers)).publicKey
        }
        if let key { try forgetContact(of: key) }
    }

    package func rename(_ name: String, to newName: String) throws(PeerError) {
        guard Peer.isValid(name: newName) else { throw .badName(name: newName) }
        try rewrite { peers throws(PeerError) in
            let index = try self.index(of: name, in: peers)
            guard name == newName || !peers.contains(where: { $0.name == newName }) else {
                throw .nameTaken(name: newName)
            }
            peers[index].name = newName
        }
    }

    /// Remembers where a peer was found, and that it knows our key now: no ticket is presented any
    /// more. Writes nothing if that is known. For any thread.
    static func noteContact(
        _ key: PublicKey, at address: SocketAddress, in home: HomeDirectory
    ) throws(FileError) {
        let known = try KnownPeers(home)
        // Taken out, or found by another process, meanwhile.
        guard let peer = known.peer(with: key), !peer.isContact(at: address) else { return }
        try known.contacts.change { contacts in
            // Those of peers that were taken out by hand.
            contacts.removeAll { known.peer(with: $0.peer) == nil }
            let index = contacts.firstIndex { $0.peer == key } ?? contacts.endIndex
            if index == contacts.endIndex { contacts.append(Contact(peer: key, addresses: [])) }
            contacts[index].add(address, ticketID: peer.ticketID)
        }
    }

    private func forgetContact(of key: PublicKey) throws(PeerError) {
        guard contacts.records.contains(where: { $0.peer == key }) else { return }
        do throws(FileError) {
            try contacts.change { contacts in contacts.removeAll { $0.peer == key } }
        } catch {
            throw .file(error)
        }
        merge()
    }

    private func rewrite(_ body: (inout [Peer]) throws(PeerError) -> Void) throws(PeerError) {
        try file.change(PeerError.file, body)
        merge()
    }

    private func merge() {
        var found: [PublicKey: Contact] = [:]
        for contact in contacts.records { found[contact.peer] = contact }
        peers = file.records.map { peer in found[peer.publicKey].map(peer.found(by:)) ?? peer }
    }

    private func index(of name: String, in peers: [Peer]) throws(PeerError) -> Int {
        if let index = peers.firstIndex(where: { $0.name == name }) { return index }
        throw .unknown(name: name, nearest: nearest(to: name, among: peers.map(\.name)))
    }

    private static func parse(
        _ line: String, after peers: [Peer]
    ) throws(TextLines.Complaint) -> Peer {
        let peer = try Peer(line: line)
        try check(peer, isNewAmong: peers)
        return peer
    }

    private static func check(
        _ peer: Peer, isNewAmong peers: [Peer]
    ) throws(TextLines.Complaint) {
        if peers.contains(where: { $0.name == peer.name }) {
            throw .init("the name '\(peer.name)' stands twice")
        }
        if let other = peers.first(where: { $0.publicKey == peer.publicKey }) {
            throw .init("'\(peer.name)' has the same key as '\(other.name)'")
        }
    }
}
