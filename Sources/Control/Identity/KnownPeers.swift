import SRMUDP

/// The peers of this node, as the file `peers` has them.
///
/// The first line is `p2pfwd peers 1`; each other one is a peer (`Peer`), a comment (`#`) or empty.
/// The user may edit the file while the node runs: `reloadIfChanged` takes the change over, and a
/// file with a mistake is refused whole, with the old peers kept. Changes made here rewrite the
/// file (comments are lost) under a lock that all processes respect, from what it holds at that
/// moment.
package final class KnownPeers {
    package private(set) var peers: [Peer] = []

    private let file: DurableFile
    private var stamp: DurableFile.Stamp?

    private static let header = "p2pfwd peers 1"

    /// - Throws: what is wrong with the file; that there is none yet is not an error.
    package init(file: DurableFile) throws(FileError) {
        self.file = file
        try load()
    }

    /// - Returns: whether anything was read.
    /// - Throws: what is wrong with the file; the peers stay as they were.
    @discardableResult
    package func reloadIfChanged() throws(FileError) -> Bool {
        guard try file.stamp() != stamp else { return false }
        try load()
        return true
    }

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
        try change { peers throws(PeerError) in
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
        }
    }

    package func remove(named name: String) throws(PeerError) {
        try change { peers throws(PeerError) in
            guard let index = peers.firstIndex(where: { $0.name == name }) else {
                throw self.unknown(name)
            }
            peers.remove(at: index)
        }
    }

    package func rename(_ name: String, to newName: String) throws(PeerError) {
        guard Peer.isValid(name: newName) else { throw .badName(name: newName) }
        try change { peers throws(PeerError) in
            guard let index = peers.firstIndex(where: { $0.name == name }) else {
                throw self.unknown(name)
            }
            guard name == newName || !peers.contains(where: { $0.name == newName }) else {
                throw .nameTaken(name: newName)
            }
            peers[index].name = newName
        }
    }

    /// Remembers where the peer was found, and that it knows our key now: no ticket is presented
    /// any more. Writes nothing if that is known.
    package func contacted(
        _ key: PublicKey, candidates: [SocketAddress]
    ) throws(PeerError) {
        let candidates = Array(candidates.filter(Ticket.isUsable).prefix(Peer.candidateLimit))
        guard let known = peer(with: key), known.candidates != candidates || known.ticketID != nil
        else { return }
        try change { peers throws(PeerError) in
            guard let index = peers.firstIndex(where: { $0.publicKey == key }) else { return }
            peers[index].candidates = candidates
            peers[index].ticketID = nil
        }
    }

    private func unknown(_ name: String) -> PeerError {
        .unknown(name: name, nearest: nearest(to: name, among: peers.map(\.name)))
    }

    private func change(
        _ body: (inout [Peer]) throws(PeerError) -> Void
    ) throws(PeerError) {
        try file.whileLocked(PeerError.file) { () throws(PeerError) in
            do throws(FileError) { try reloadIfChanged() } catch { throw .file(error) }
            var changed = peers
            try body(&changed)
            do throws(FileError) {
                let lines = [Self.header] + changed.map(\.line)
                try file.replace(with: [UInt8]((lines.joined(separator: "\n") + "\n").utf8))
                stamp = try file.stamp()
            } catch {
                throw .file(error)
            }
            peers = changed
        }
    }

    private func load() throws(FileError) {
        let newStamp = try file.stamp()
        var loaded: [Peer] = []
        if let bytes = try file.read() {
            let text = try TextLines(bytes, header: Self.header, path: file.path)
            for line in text.lines {
                do throws(TextLines.Complaint) {
                    let peer = try Peer(line: line.text)
                    try Self.check(peer, isNewAmong: loaded)
                    loaded.append(peer)
                } catch {
                    throw .damaged(path: file.path, line: line.number, reason: error.reason)
                }
            }
        }
        peers = loaded
        stamp = newStamp
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
