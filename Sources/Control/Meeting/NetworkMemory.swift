import SRMUDP

/// What worked in which network, so that it is tried first the next time: never more than an order of
/// attempts, for nothing here was proven by anybody.
///
/// The file `networks` begins with `p2pfwd networks 1`; each other line is one thing that was seen in
/// the network with that fingerprint:
///
///     network=3f0c... seen=2026-11-26T09:00:00Z peer=p2p1... address=203.0.113.9:41641
///     network=3f0c... seen=2026-11-26T09:00:00Z blocked=rv.example:7070
///     network=3f0c... seen=2026-11-26T09:00:00Z router=NAT-PMP
///
/// A direct path to the peer, a server that UDP does not reach, and the protocol in which the router
/// forwards ports. A file that cannot be read or written is no reason to stop: things then take as
/// long as the first time.
final class NetworkMemory {
    enum Fact: Equatable {
        case peer(PublicKey, SocketAddress)
        case blocked(place: String)
        case router(PortMapping.Dialect)
    }

    struct Entry: Equatable {
        let network: NetworkFingerprint
        var seen: UnixTime
        let fact: Fact
    }

    /// More is not remembered; what was seen longest ago goes first.
    static let limit = 256
    /// What was not seen for so long is forgotten.
    static let lifetime = Lifetime.minutes(60 * 24 * 30)
    /// A network that blocks UDP may be another one tomorrow.
    static let blockedLifetime = Lifetime.minutes(60 * 24)
    /// The same thing is noted again after this long, so that the file is seldom written.
    private static let refresh = Lifetime.minutes(60 * 6)
    private static let header = "p2pfwd networks 1"

    private let clock: () -> UnixTime
    private let logger: Logger
    private let notes: NoteWriter
    /// Nil where it cannot be read or written.
    private var file: DurableFile?
    private var entries: [Entry] = []
    private let network: () -> NetworkFingerprint?

    /// - Parameter network: where the machine is now; asked each time, because the system may know
    ///   the router's hardware address only after something was sent.
    init(
        file: DurableFile, notes: NoteWriter, clock: @escaping () -> UnixTime,
        network: @escaping () -> NetworkFingerprint?, logger: Logger
    ) {
        self.notes = notes
        self.clock = clock
        self.network = network
        self.logger = logger
        self.file = file
        do throws(FileError) {
            entries = try Self.records(of: file).records
        } catch {
            fail("\(error)")
        }
    }

    // MARK: What is remembered

    /// Where the peer was reached directly from this network.
    func address(of peer: PublicKey) -> SocketAddress? {
        for case .peer(peer, let address) in facts { return address }
        return nil
    }

    /// Whether UDP brought nothing to this server from this network.
    func isBlocked(_ server: ServerAddress) -> Bool {
        facts.contains(.blocked(place: server.place))
    }

    /// The protocol that the router of this network answered.
    var dialect: PortMapping.Dialect? {
        for case .router(let dialect) in facts { return dialect }
        return nil
    }

    private var facts: [Fact] {
        guard !entries.isEmpty, let network = network() else { return [] }
        let now = clock()
        return entries.filter { $0.network == network && $0.isValid(at: now) }.map(\.fact)
    }

    // MARK: What happens

    func reached(_ peer: PublicKey, at address: SocketAddress) { note(.peer(peer, address)) }
    func mapped(by dialect: PortMapping.Dialect) { note(.router(dialect)) }

    /// A server was reached, by UDP or only in a WebSocket.
    func reached(_ server: ServerAddress, byUDP: Bool) {
        guard byUDP else { return note(.blocked(place: server.place)) }
        guard isBlocked(server), let network = network() else { return }
        change { [place = server.place] entries in
            entries.removeAll { $0.network == network && $0.fact == .blocked(place: place) }
        }
    }

    private func note(_ fact: Fact) {
        guard file != nil, let network = network() else { return }
        let now = clock()
        let known = entries.first { $0.network == network && $0.fact == fact }
        if let known, now < known.seen + Self.refresh { return }
        change { entries in
            entries.removeAll {
                !$0.isValid(at: now) || ($0.network == network && $0.fact.isReplaced(by: fact))
            }
            entries.append(Entry(network: network, seen: now, fact: fact))
            while entries.count > Self.limit,
                let oldest = entries.indices.min(by: { entries[$0].seen < entries[$1].seen })
            {
                entries.remove(at: oldest)
            }
        }
    }

    /// Other processes write into the file too: the same change is made to what it holds then.
    private func change(_ body: @escaping @Sendable (inout [Entry]) -> Void) {
        guard let file else { return }
        body(&entries)
        notes.write { () throws(FileError) in
            try Self.records(of: file).change(body)
        } _: { [weak self] complaint in
            if let complaint { self?.fail(complaint) }
        }
    }

    private func fail(_ complaint: String) {
        guard file != nil else { return }
        logger.warning("what worked in which network is not remembered: \(complaint)")
        file = nil
        entries = []
    }

    private static func records(of file: DurableFile) throws(FileError) -> RecordFile<Entry> {
        try RecordFile(file: file, header: header, parse: parse, line: line)
    }
}

extension NetworkMemory.Fact {
    fileprivate func isReplaced(by new: Self) -> Bool {
        switch (self, new) {
        case (.peer(let peer, _), .peer(let other, _)): peer == other
        case (.blocked(let place), .blocked(let other)): place == other
        case (.router, .router): true
        case (.peer, _), (.blocked, _), (.router, _): false
        }
    }
}

extension NetworkMemory.Entry {
    fileprivate func isValid(at now: UnixTime) -> Bool {
        let isBlockage = if case .blocked = fact { true } else { false }
        let lifetime = isBlockage ? NetworkMemory.blockedLifetime : NetworkMemory.lifetime
        // A clock that was wrong must not make anything last for ever.
        return now < seen + lifetime && seen < now + NetworkMemory.lifetime
    }
}

// The lines of the file.
extension NetworkMemory {
    private static func line(_ entry: Entry) -> String {
        let fact =
            switch entry.fact {
            case .peer(let key, let address): "peer=\(NodeID(key)) address=\(address)"
            case .blocked(let place): "blocked=\(place)"
            case .router(let dialect): "router=\(dialect.rawValue)"
            }
        return "network=\(entry.network.text) seen=\(entry.seen) \(fact)"
    }

    private static func parse(
        _ line: String, after _: [Entry]
    ) throws(TextLines.Complaint) -> Entry {
        let fields = try TextLines.fields(
            line, known: ["network", "seen", "peer", "address", "blocked", "router"])
        guard let network = fields["network"].flatMap({ NetworkFingerprint(text: $0) }),
            let seen = fields["seen"].flatMap({ UnixTime($0) }), let fact = fact(fields)
        else { throw .init("this is not what was written here") }
        return Entry(network: network, seen: seen, fact: fact)
    }

    private static func fact(_ fields: [String: String]) -> Fact? {
        if let text = fields["peer"] {
            guard let id = NodeID(text), let address = SocketAddress(fields["address"] ?? ""),
                address.isDialable
            else { return nil }
            return .peer(id.publicKey, address)
        }
        if let place = fields["blocked"] { return .blocked(place: place) }
        return fields["router"].flatMap { PortMapping.Dialect(rawValue: $0) }.map { .router($0) }
    }
}
