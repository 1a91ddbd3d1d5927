import Forwarding
import SRMUDP

/// A machine that was paired with this one: one line of the file `peers`.
///
///     name=homebox key=p2p1... psk=... candidates=192.0.2.1:7001,[2001:db8::1]:7001
///     permit=localhost:80,10.0.0.0/8:* listen=8080 expires=2027-01-01T00:00:00Z added=2026-11-21T08:43:51Z
///
/// `name`, `key`, `psk` (base64url) and `added` must be there; `ticket` is for the first contact,
/// `rendezvous` holds the servers at which the peer waits to be called. The fields from `permit` on
/// that speak of rights stand at `PeerRights`.
package struct Peer: Equatable {
    package var name: String
    package var publicKey: PublicKey
    package var preSharedKey: SecretBytes
    /// Where it may be found, the most promising first.
    package var candidates: [SocketAddress]
    /// What it may do besides what everybody may.
    package var rights: PeerRights
    /// From then on the peer is a stranger; nil: never.
    package var expiry: UnixTime?
    package var added: UnixTime
    /// The ticket to present, unless the peer knows our key by now.
    package var ticketID: TicketID?
    /// Where the peer waits to be called, besides the servers of this home.
    package var servers: [ServerAddress]

    package static let candidateLimit = 16
    package static let serverLimit = 4

    package init(
        name: String, publicKey: PublicKey, preSharedKey: SecretBytes,
        candidates: [SocketAddress] = [], permissions: [String] = [], expiry: UnixTime? = nil,
        added: UnixTime, ticketID: TicketID? = nil, servers: [ServerAddress] = [],
        rights: PeerRights = PeerRights()
    ) {
        self.name = name
        self.publicKey = publicKey
        self.preSharedKey = preSharedKey
        self.candidates = candidates
        self.rights = rights
        self.expiry = expiry
        self.added = added
        self.ticketID = ticketID
        self.servers = servers
        if !permissions.isEmpty { self.rights.open = permissions }
    }

    /// Rules in the form of `--permit` that hold for this peer besides those of the node.
    package var permissions: [String] {
        get { rights.open }
        set { rights.open = newValue }
    }

    package func isExpired(at now: UnixTime) -> Bool { expiry.map { $0 <= now } ?? false }

    /// What the peer may reach: what everybody may, and what is permitted to it alone.
    package func policy(besides common: AccessPolicy) -> AccessPolicy {
        var grants = PeerGrants()
        grants.open = common
        return rights.grants(besides: grants).open
    }

    /// Whether `name` can name a peer: it must not be taken for an option, a command, a ticket or a
    /// pairing code.
    package static func isValid(name: String) -> Bool {
        guard (1...64).contains(name.utf8.count), name.utf8.first.map(isFirst) ?? false,
            name.utf8.allSatisfy({ isFirst($0) || $0 == 0x2d || $0 == 0x2e })
        else { return false }
        let lowered = name.lowercased()
        return !lowered.hasPrefix("p2pf1") && NodeID(lowered) == nil
            && !CommandLineModel.commandNames.contains(lowered)
            && !PairingCode.looksLikeCode(lowered)
    }

    private static func isFirst(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension Peer {
    private static let fieldNames = PeerRights.fieldNames.union([
        "name", "key", "psk", "candidates", "expires", "added", "ticket", "rendezvous",
    ])

    /// The line, without its end.
    var line: String {
        var fields = [
            "name=\(name)", "key=\(NodeID(publicKey))",
            "psk=\(TextCoding.base64URL.encode(preSharedKey.exposed))",
        ]
        if !candidates.isEmpty {
            fields.append("candidates=" + candidates.map(\.description).joined(separator: ","))
        }
        fields += rights.fields
        if let expiry { fields.append("expires=\(expiry)") }
        fields.append("added=\(added)")
        if let ticketID { fields.append("ticket=\(ticketID.text)") }
        if !servers.isEmpty {
            fields.append("rendezvous=" + servers.map(\.description).joined(separator: ","))
        }
        return fields.joined(separator: " ")
    }

    init(line: String) throws(TextLines.Complaint) {
        let fields = try TextLines.fields(line, known: Self.fieldNames)
        func value<Value>(
            _ name: String, _ parse: (String) -> Value?
        ) throws(TextLines.Complaint) -> Value? {
            guard let text = fields[name] else { return nil }
            guard let value = parse(text) else {
                throw .init("the value of '\(name)' is not valid")
            }
            return value
        }
        guard let name = try value("name", { Self.isValid(name: $0) ? $0 : nil }),
            let key = try value("key", { NodeID($0) }),
            let secret = try value("psk", { Self.secret($0) }),
            let added = try value("added", { UnixTime($0) })
        else { throw .init("one of the fields name, key, psk, added is missing") }
        self.init(
            name: name, publicKey: key.publicKey, preSharedKey: secret,
            candidates: try value("candidates", Self.candidates) ?? [],
            expiry: try value("expires", { UnixTime($0) }), added: added,
            ticketID: try value("ticket", { TicketID(text: $0) }),
            servers: try value("rendezvous", Self.servers) ?? [],
            rights: try PeerRights(fields: fields))
    }

    static func secret(_ text: String) -> SecretBytes? {
        guard var bytes = TextCoding.base64URL.decode(text), bytes.count == 32 else { return nil }
        return SecretBytes(taking: &bytes)
    }

    static func candidates(_ text: String) -> [SocketAddress]? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let candidates = parts.compactMap { SocketAddress($0) }
        return candidates.count == parts.count && parts.count <= candidateLimit ? candidates : nil
    }

    private static func servers(_ text: String) -> [ServerAddress]? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let servers = parts.compactMap { try? ServerAddress(String($0)) }
        return servers.count == parts.count && parts.count <= serverLimit ? servers : nil
    }
}

extension Peer: CustomStringConvertible {
    /// Without the secret.
    package var description: String { "\(name) (\(NodeID(publicKey)))" }
}
