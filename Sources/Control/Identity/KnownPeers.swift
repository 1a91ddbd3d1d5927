import SRMUDP

/// The peers of this node, as the file `peers` has them.
///
/// The first line is `p2pfwd peers 1`; each other one is a peer (`Peer`), a comment (`#`) or empty.
/// The user may edit the file while the node runs: `reloadIfChanged` takes the change over, and a
/// file with a mistake is refused whole, with the old peers kept. Changes made here rewrite the
/// file (comments are lost) under a lock that all processes respect, from what it holds at that
/// moment.
package final class KnownPeers {
    package var peers: [Peer] { file.records }

    /// Where they are kept.
    var place: DurableFile { file.file }

    private let file: RecordFile<Peer>

    private static let header = "p2pfwd peers 1"

    /// - Throws: what is wrong with the file; that there is none yet is not an error.
    package init(file: DurableFile) throws(FileError) {
        self.file = try RecordFile(
            file: file, header: Self.header, parse: Self.parse, line: \.line)
    }

    /// - Returns: whether anything was read.
    /// - Throws: what is wrong with the file; the peers stay as they were.
    @discardableResult
    package func reloadIfChanged() throws(FileError) -> Bool { try file.reloadIfChanged() }

    package func peer(named name: String) throws(PeerError) -> Peer {
        guard let peer = peers.first(where: { $0.name == name }) else { throw unknown(name) }
        return peer
    }

    package func peer(with key: PublicKey) -> Peer? { peers.first { $0.publicKey == key } }

    /// Adds a peer, or takes over the new secret and candidates of one that is known.
    ///
    /// - Throws: `keyChanged` if the name belongs to another key, `knownAs` if the key has another
    ///   name.
    package func add(_ peer: Peer) throws(PeerError) {
        guard Peer.isValid(name: peer.name) else { throw .badName(name: peer.name) }
        try file.change { peers throws(PeerError) in
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
    }

    /// Ends the peer's grant; it stays in the list.
    package func revoke(named name: String, now: UnixTime) throws(PeerError) {
        try file.change { peers throws(PeerError) in
            guard let index = peers.firstIndex(where: { $0.name == name }) else {
                throw self.unknown(name)
            }
            peers[index].expiry = min(peers[index].expiry ?? now, now)
        }
    }

    /// Changes what a peer may do, and until when.
    package func permit(
        named name: String,
        _ change: (_ rights: inout PeerRights, _ expiry: inout UnixTime?) -> Void
    ) throws(PeerError) {
        try file.change { peers throws(PeerError) in
            guard let index = peers.firstIndex(where: { $0.name == name }) else {
                throw self.unknown(name)
            }
            var peer = peers[index]
            change(&peer.rights, &peer.expiry)
            peers[index] = peer
        }
    }

    package func remove(named name: String) throws(PeerError) {
        try file.change { peers throws(PeerError) in
            guard let index = peers.firstIndex(where: { $0.name == name }) else {
                throw self.unknown(name)
            }
            peers.remove(at: index)
        }
    }

    package func rename(_ name: String, to newName: String) throws(PeerError) {
        guard Peer.isValid(name: newName) else { throw .badName(name: newName) }
        try file.change { peers throws(PeerError) in
            guard let index = peers.firstIndex(where: { $0.name == name }) else {
                throw self.unknown(name)
            }
            guard name == newName || !peers.contains(where: { $0.name == newName }) else {
                throw .nameTaken(name: newName)
            }
            peers[index].name = newName
        }
    }

    /// Whether the peer is looked for at this address first, and is shown no ticket.
    func isContact(_ key: PublicKey, at address: SocketAddress) -> Bool {
        guard let known = peer(with: key) else { return false }
        return known.candidates.first == address && known.ticketID == nil
    }

    /// Remembers in the file of the peers where one was found, and that it knows our key now: no
    /// ticket is presented any more. Writes nothing if that is known. For any thread.
    static func noteContact(
        _ key: PublicKey, at address: SocketAddress, in file: DurableFile
    ) throws(PeerError) {
        let known: KnownPeers
        do throws(FileError) { known = try KnownPeers(file: file) } catch { throw .file(error) }
        // Taken out, or found by another process, meanwhile.
        guard known.peer(with: key) != nil, !known.isContact(key, at: address) else { return }
        try known.file.change { peers throws(PeerError) in
            guard let index = peers.firstIndex(where: { $0.publicKey == key }) else { return }
            let others = peers[index].candidates.filter { $0 != address }
            peers[index].candidates = Array(([address] + others).prefix(Peer.candidateLimit))
            peers[index].ticketID = nil
        }
    }

    private func unknown(_ name: String) -> PeerError {
        .unknown(name: name, nearest: nearest(to: name, among: peers.map(\.name)))
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
