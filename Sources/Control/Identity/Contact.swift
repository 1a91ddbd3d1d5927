import SRMUDP

/// Where a peer was found: one line of the file `contacts`, whose first is `p2pfwd contacts 1`.
///
///     peer=p2p1... addresses=203.0.113.9:41641,192.0.2.1:7001 ticket=...
///
/// It is what a running node learns by itself. Therefore it is not kept in the file `peers`, which
/// the user may be editing at that moment.
struct Contact: Equatable {
    /// More addresses are not kept; the oldest goes first.
    static let addressLimit = 4
    private static let header = "p2pfwd contacts 1"

    let peer: PublicKey
    /// The newest first.
    var addresses: [SocketAddress]
    /// The ticket of which the peer knows our key by now, so that it is presented no more.
    var ticketID: TicketID?

    /// The peer was found there; `ticketID` is the one that was presented, if any.
    mutating func add(_ address: SocketAddress, ticketID: TicketID?) {
        addresses.removeAll { $0 == address }
        addresses.insert(address, at: 0)
        addresses.removeLast(max(0, addresses.count - Self.addressLimit))
        if let ticketID { self.ticketID = ticketID }
    }

    static func records(in file: DurableFile) throws(FileError) -> RecordFile<Contact> {
        try RecordFile(file: file, header: header, parse: parse, line: \.line)
    }
}

extension Contact {
    private var line: String {
        var fields = [
            "peer=\(NodeID(peer))",
            "addresses=" + addresses.map(\.description).joined(separator: ","),
        ]
        if let ticketID { fields.append("ticket=\(ticketID.text)") }
        return fields.joined(separator: " ")
    }

    private static func parse(
        _ line: String, after contacts: [Contact]
    ) throws(TextLines.Complaint) -> Contact {
        let fields = try TextLines.fields(line, known: ["peer", "addresses", "ticket"])
        guard let peer = fields["peer"].flatMap({ NodeID($0) }),
            let addresses = fields["addresses"].flatMap({ Peer.candidates($0) }),
            !contacts.contains(where: { $0.peer == peer.publicKey })
        else { throw .init("this is not what was written here") }
        var contact = Contact(peer: peer.publicKey, addresses: addresses)
        if let text = fields["ticket"] {
            guard let ticketID = TicketID(text: text) else {
                throw .init("the value of 'ticket' is not valid")
            }
            contact.ticketID = ticketID
        }
        return contact
    }
}

extension Peer {
    /// Whether it is looked for at this address first, and is shown no ticket.
    func isContact(at address: SocketAddress) -> Bool {
        candidates.first == address && ticketID == nil
    }

    /// As it is to be looked for after such a contact.
    func found(by contact: Contact) -> Peer {
        var peer = self
        let others = candidates.filter { !contact.addresses.contains($0) }
        peer.candidates = Array((contact.addresses + others).prefix(Self.candidateLimit))
        if ticketID == contact.ticketID { peer.ticketID = nil }
        return peer
    }
}
