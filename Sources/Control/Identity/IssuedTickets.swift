import SRMUDP

/// The tickets that this node gave out and that are still good for something.
///
/// The file `tickets`: first line `p2pfwd tickets 1`, then one line per ticket. A ticket serves one
/// peer. That it is used is on disk before the peer is let in, together with the peer's key: if
/// this node stops right after, the same peer may come again with it, and nobody else. Expired
/// tickets vanish with the next change.
package final class IssuedTickets {
    package struct Entry: Equatable {
        package let id: TicketID
        package let preSharedKey: SecretBytes
        package let expiry: UnixTime
        /// What the peer that uses it will be called here.
        package let peerName: String
        /// What it may do then.
        package let rights: PeerRights
        /// Who used it.
        package fileprivate(set) var user: PublicKey?
    }

    package var entries: [Entry] { file.records }

    private let file: RecordFile<Entry>

    private static let header = "p2pfwd tickets 1"
    private static let fieldNames = PeerRights.fieldNames.union([
        "id", "psk", "expires", "peer", "user",
    ])

    package init(file: DurableFile) throws(FileError) {
        self.file = try RecordFile(
            file: file, header: Self.header, parse: Self.parse, line: \.line)
    }

    @discardableResult
    package func reloadIfChanged() throws(FileError) -> Bool { try file.reloadIfChanged() }

    /// Makes a ticket's secret part and remembers it.
    package func issue(
        peerName: String, lifetime: Lifetime, rights: PeerRights = PeerRights(), now: UnixTime,
        random: any RandomSource
    ) throws(PeerError) -> Entry {
        guard Peer.isValid(name: peerName) else { throw .badName(name: peerName) }
        var secret = random.bytes(count: 32)
        let entry = Entry(
            id: .random(from: random), preSharedKey: SecretBytes(taking: &secret),
            expiry: now + lifetime, peerName: peerName, rights: rights, user: nil)
        try change(now: now) { entries throws(PeerError) in entries.append(entry) }
        return entry
    }

    /// The ticket, if `user` may still use it; reads the file again if it changed.
    package func usable(
        _ id: TicketID, by user: PublicKey, now: UnixTime
    ) throws(PeerError) -> Entry? {
        do throws(FileError) { try reloadIfChanged() } catch { throw .file(error) }
        return entries.first {
            $0.id == id && now < $0.expiry && ($0.user == nil || $0.user == user)
        }
    }

    /// Marks the ticket as used by this peer; when this returns, the mark is on disk.
    ///
    /// - Throws: `used` for a second peer, `unknownOffer` for what was never issued or has expired.
    @discardableResult
    package func consume(
        _ id: TicketID, by user: PublicKey, now: UnixTime
    ) throws(PeerError) -> Entry {
        var consumed: Entry?
        try change(now: now) { entries throws(PeerError) in
            guard let index = entries.firstIndex(where: { $0.id == id }) else {
                throw .ticket(.unknownOffer)
            }
            guard entries[index].user == nil || entries[index].user == user else {
                throw .ticket(.used)
            }
            entries[index].user = user
            consumed = entries[index]
        }
        guard let consumed else { throw .ticket(.unknownOffer) }
        return consumed
    }

    /// Forgets the tickets that this peer used: it was removed, and must not come in by them again.
    package func forget(user: PublicKey, now: UnixTime) throws(PeerError) {
        try change(now: now) { entries throws(PeerError) in
            entries.removeAll { $0.user == user }
        }
    }

    private func change(
        now: UnixTime, _ body: (inout [Entry]) throws(PeerError) -> Void
    ) throws(PeerError) {
        try file.change(PeerError.file) { entries throws(PeerError) in
            entries.removeAll { $0.expiry <= now }
            try body(&entries)
        }
    }

    private static func parse(
        _ line: String, after _: [Entry]
    ) throws(TextLines.Complaint) -> Entry {
        let fields = try TextLines.fields(line, known: fieldNames)
        guard let entry = Entry(fields: fields, rights: try PeerRights(fields: fields)) else {
            throw .init("a field is missing or not valid")
        }
        return entry
    }
}

extension IssuedTickets.Entry {
    fileprivate var line: String {
        let line = """
            id=\(id.text) \
            psk=\(TextCoding.base64URL.encode(preSharedKey.exposed)) \
            expires=\(expiry) peer=\(peerName)
            """
        let fields = [line] + rights.fields + (user.map { ["user=\(NodeID($0))"] } ?? [])
        return fields.joined(separator: " ")
    }

    fileprivate init?(fields: [String: String], rights: PeerRights) {
        guard let id = fields["id"].flatMap({ TicketID(text: $0) }),
            let secret = fields["psk"].flatMap(Peer.secret),
            let expiry = fields["expires"].flatMap({ UnixTime($0) }),
            let name = fields["peer"], Peer.isValid(name: name)
        else { return nil }
        var user: PublicKey?
        if let text = fields["user"] {
            guard let node = NodeID(text) else { return nil }
            user = node.publicKey
        }
        self.init(
            id: id, preSharedKey: secret, expiry: expiry, peerName: name, rights: rights,
            user: user)
    }
}
