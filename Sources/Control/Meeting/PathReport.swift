import SRMUDP

/// What one side of a connection tried in order to reach the other, as both tell each other for
/// `p2pfwd why`.
///
///     0     mapping of the sender's NAT, 1
///     1     number of entries, 1, at most 24
///     2     entries of 29 bytes:
///           source 1 | kind of path 1 | state 1 | encoded address 18 (zeros: a link) |
///           probes sent 4 | round trip in us 4 (0: none)
struct PathReport: Equatable {
    struct Entry: Equatable {
        /// How the address is known: 0 given, 1 observed, else 16 + the kind of candidate.
        var source: UInt8
        var kind: PathKind
        var state: ProbeReport.State
        /// Nil for a relay.
        var address: SocketAddress?
        var probesSent: UInt32
        var roundTripMicroseconds: UInt32?
    }

    static let entryLimit = 24
    private static let entryLength = 29
    private static let noAddress = [UInt8](repeating: 0, count: SocketAddress.encodedLength)

    var mapping: NetworkReport.Mapping
    var entries: [Entry]

    init(mapping: NetworkReport.Mapping, entries: [Entry]) {
        self.mapping = mapping
        self.entries = Array(entries.prefix(Self.entryLimit))
    }

    var encoded: [UInt8] {
        var bytes = [mapping.rawValue, UInt8(entries.count)]
        for entry in entries {
            bytes += [entry.source, entry.kind.rawValue, UInt8(entry.stateNumber)]
            bytes += entry.address?.encoded ?? Self.noAddress
            bytes += Self.bytes(of: entry.probesSent)
            bytes += Self.bytes(of: entry.roundTripMicroseconds ?? 0)
        }
        return bytes
    }

    /// Nil unless the bytes are exactly one report.
    init?(encoded bytes: [UInt8]) {
        guard bytes.count >= 2, let mapping = NetworkReport.Mapping(rawValue: bytes[0]),
            bytes[1] <= Self.entryLimit, bytes.count == 2 + Int(bytes[1]) * Self.entryLength
        else { return nil }
        var entries: [Entry] = []
        for start in stride(from: 2, to: bytes.count, by: Self.entryLength) {
            guard let entry = Entry(Array(bytes[start..<start + Self.entryLength])) else {
                return nil
            }
            entries.append(entry)
        }
        self.init(mapping: mapping, entries: entries)
    }

    fileprivate static func bytes(of number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * $0)) }
    }
}

extension PathReport.Entry {
    /// - Parameter bytes: 29 bytes.
    fileprivate init?(_ bytes: [UInt8]) {
        guard let kind = PathKind(rawValue: bytes[1]),
            Int(bytes[2]) < ProbeReport.State.inOrder.count
        else { return nil }
        let address = SocketAddress(encoded: Array(bytes[3..<21]))
        func number(_ range: Range<Int>) -> UInt32 {
            bytes[range].reduce(0) { $0 << 8 | UInt32($1) }
        }
        let roundTrip = number(25..<29)
        self.init(
            source: bytes[0], kind: kind, state: ProbeReport.State.inOrder[Int(bytes[2])],
            address: address.flatMap { $0.isDialable ? $0 : nil }, probesSent: number(21..<25),
            roundTripMicroseconds: roundTrip == 0 ? nil : roundTrip)
    }

    init(_ report: ProbeReport) {
        source =
            switch report.source {
            case .given: 0
            case .observed: 1
            case .candidate(let kind): 16 + kind.rawValue
            }
        kind = report.pathKind
        state = report.state
        address = report.address.ip.isLink ? nil : report.address
        probesSent = UInt32(clamping: report.probesSent)
        roundTripMicroseconds = report.roundTrip.map { UInt32(clamping: $0.nanoseconds / 1000) }
    }

    fileprivate var stateNumber: Int { ProbeReport.State.inOrder.firstIndex(of: state) ?? 0 }

    /// For people: how the address is known.
    var sourceText: String {
        switch source {
        case 0: "known before"
        case 1: "seen"
        default: Candidate.Kind(rawValue: source &- 16).map { "\($0)" } ?? "unknown"
        }
    }
}

extension ProbeReport.State {
    /// On the wire each is its place in this list.
    static let inOrder: [ProbeReport.State] = [
        .excluded, .waiting, .probing, .silent, .answered, .ready, .resting, .inUse,
    ]

    /// For people.
    var text: String {
        switch self {
        case .excluded: "excluded by --path"
        case .waiting: "not tried yet"
        case .probing: "being tried"
        case .silent: "no answer"
        case .answered: "answered"
        case .ready: "works"
        case .resting: "works again, not trusted yet"
        case .inUse: "in use"
        }
    }
}
