import SRMUDP
import TestSupport

/// What stands between a host and the Internet: the classes of the NAT matrix, and some more.
enum Surroundings: String, CaseIterable, Sendable, CustomStringConvertible {
    case open, fullCone, addressRestricted, portRestricted, symmetricSequential, symmetricRandom
    case blocked
    case linuxWithoutFilter, doubleNAT, firewall

    /// The rows and columns of the matrix.
    static let matrix = Array(allCases[...6])

    var description: String { rawValue }

    /// From the Internet inwards.
    var behaviours: [SimulatedNAT.Behaviour] {
        switch self {
        case .open: []
        case .fullCone: [.fullCone]
        case .addressRestricted: [.addressRestricted]
        case .portRestricted: [.portRestricted]
        case .symmetricSequential: [.symmetricSequential]
        case .symmetricRandom: [.symmetricRandom]
        case .blocked: [.blocked]
        case .linuxWithoutFilter: [.linuxWithoutFilter]
        case .doubleNAT: [.portRestricted, .portRestricted]
        case .firewall: [.firewall]
        }
    }
}

/// A pair behind NATs that has a rendezvous and a relay, and meets as real nodes do: both dial the
/// relay and all candidates of each other at about the same time.
final class MeetingWorld {
    static let server = SocketAddress(IPAddress(ipv4: 0xc000_0201), port: 9_000)

    let pair: Pair
    private(set) var nats: [[SimulatedNAT]] = [[], []]
    private(set) var relay: SimulatedRelay
    /// The link addresses of the relay, left first.
    let links: [SocketAddress]

    /// - Parameters:
    ///   - sharesNAT: whether both stand behind the left one's NATs, in one network.
    ///   - isIsolated: whether that network keeps them apart.
    init(
        seed: UInt64, _ left: Surroundings, _ right: Surroundings, sharesNAT: Bool = false,
        relayDelay: Interval = .milliseconds(40), options: Pair.Options = Pair.Options(),
        hairpins: Bool = false, isIsolated: Bool = false
    ) {
        var nats: [[SimulatedNAT]] = [[], []]
        var options = options
        options.sites = { network in
            var sites: [SimulatedSite] = []
            defer { if isIsolated { network.topology.isolated.insert(sites[0].realm) } }
            for (index, surroundings) in [left, right].enumerated() {
                if sharesNAT, index == 1 {
                    let address = Self.address(0xc0a8_0103)
                    sites.append(SimulatedSite(address: address, realm: sites[0].realm))
                    continue
                }
                var realm = Realm.internet
                for (depth, var behaviour) in surroundings.behaviours.enumerated() {
                    behaviour.hairpins = hairpins
                    let publicIP = depth == 0 ? Self.publicIP(index) : IPAddress(ipv4: 0x6440_0005)
                    let nat = SimulatedNAT(behaviour, publicIP: publicIP, random: network.random)
                    realm = network.topology.add(nat, outside: realm)
                    nats[index].append(nat)
                }
                sites.append(
                    SimulatedSite(address: Self.address(of: index, surroundings), realm: realm))
            }
            return sites
        }
        pair = Pair(seed: seed, options: options)
        self.nats = nats
        links = [left, right].enumerated().map { index, surroundings in
            let kind: LinkAddress.Kind = surroundings == .blocked ? .relayInWebSocket : .relay
            return LinkAddress(kind, number: UInt32(index + 1)).socketAddress
        }
        relay = SimulatedRelay(
            .init(host: pair.host(.left), address: links[0]),
            .init(host: pair.host(.right), address: links[1]), conditions: .delay(relayDelay))
        pair.network.add(relay)
    }

    private static func publicIP(_ index: Int) -> IPAddress {
        IPAddress(ipv4: index == 0 ? 0xc633_6401 : 0xcb00_7101)
    }

    private static func address(_ ipv4: UInt32) -> SocketAddress {
        SocketAddress(IPAddress(ipv4: ipv4), port: 7_000)
    }

    /// Both private networks use the same addresses, as so many do.
    private static func address(of index: Int, _ surroundings: Surroundings) -> SocketAddress {
        switch surroundings {
        case .open: SocketAddress(publicIP(index), port: 7_000)
        case .firewall:
            SocketAddress(
                IPAddress(high: 0x2001_0db8_0000_0000 + UInt64(index), low: 5), port: 7_000)
        default: address(0xc0a8_0102)
        }
    }

    func link(of side: Side) -> SocketAddress { links[side.rawValue] }
    func connection(_ side: Side) -> Connection? { pair[side].connection }

    /// What the rendezvous and its own interfaces tell a side of itself.
    func candidates(of side: Side) -> [Candidate] {
        let host = Candidate(.host, pair.network.address(of: pair.host(side)))
        let reflexive = pair.network.observedAddress(of: pair.host(side), by: Self.server)
            .map { Candidate(.reflexive, $0) }
        return [host] + (reflexive.map { $0.address == host.address ? [] : [$0] } ?? [])
    }

    /// Lets both sides dial, the right one `skew` after the left one, or before it if negative.
    func meet(
        skew: Interval = .zero, openers: Openers? = Openers(), policy: PathPolicy = .auto,
        usesRelay: Bool = true
    ) {
        let candidates = Side.allCases.map { self.candidates(of: $0) }
        let order: [Side] = skew < .zero ? [.right, .left] : [.left, .right]
        for (turn, side) in order.enumerated() {
            let addresses =
                (usesRelay ? [link(of: side)] : [])
                + candidates[side.opposite.rawValue].map(\.address)
            pair.dial(from: side, to: addresses) {
                $0.openers = openers
                $0.pathPolicy = policy
            }
            connection(side)?.setLocalCandidates(candidates[side.rawValue], now: pair.network.now)
            if turn == 0 { pair.drive(for: max(skew, .zero - skew)) }
        }
    }

    /// Lets both sides meet as nodes do that met before: the left one dials the addresses that it
    /// knows while it has the right one called, whose NATs know nothing yet.
    ///
    /// - Parameter delay: how long a message to the rendezvous server, or from there, takes.
    func call(throughServerAt delay: Interval, openers: Openers = Openers(), usesRelay: Bool = true)
    {
        let candidates = Side.allCases.map { self.candidates(of: $0) }
        func dial(from side: Side) {
            pair.dial(from: side, to: candidates[side.opposite.rawValue].map(\.address)) {
                $0.openers = openers
            }
            connection(side)?.setLocalCandidates(candidates[side.rawValue], now: pair.network.now)
        }
        func joined(_ side: Side) {
            connection(side)?.peerJoined(now: pair.network.now)
            pair.network.flush(pair.host(side))
        }
        dial(from: .left)
        // A handshake with the server, a greeting, and the call.
        pair.drive(for: delay * 6)
        dial(from: .right)
        pair.drive(for: delay * 2)
        joined(.left)
        guard usesRelay else { return }
        pair.drive(for: delay * 2)
        for side in Side.allCases {
            joined(side)
            connection(side)?.addAddress(link(of: side), now: pair.network.now)
            pair.network.flush(pair.host(side))
        }
    }

    var areEstablished: Bool {
        Side.allCases.allSatisfy { connection($0)?.isEstablished == true }
    }

    func isDirect(_ side: Side) -> Bool {
        connection(side)?.currentPath.map { PathKind($0.remote) == .direct } ?? false
    }

    var areDirect: Bool { isDirect(.left) && isDirect(.right) }
    var areRelayed: Bool {
        Side.allCases.allSatisfy { connection($0)?.currentPath != nil && !isDirect($0) }
    }

    /// Nothing arrives directly any more.
    func cutDirect(_ isCut: Bool = true) {
        for side in Side.allCases { pair.setBlackout(isCut, from: side) }
    }

    /// Meets over the relay and waits until the direct path is in use.
    func connectDirectly() -> Bool {
        meet()
        return pair.drive(for: .seconds(5)) { self.areDirect }
    }

    var report: String {
        Side.allCases.map { side in
            let reports = connection(side)?.probeReports(now: pair.network.now) ?? []
            return "\(side): \(reports.map { "\($0.address) \($0.state) \($0.probesSent)" })"
        }.joined(separator: "\n") + "\n" + pair.summaries
    }
}
