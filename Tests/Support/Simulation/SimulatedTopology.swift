import SRMUDP

/// Names a part of the network in which addresses mean the same everywhere. The Internet is one;
/// behind each NAT is another.
package struct Realm: Hashable, Sendable {
    package let index: Int
    package static let internet = Realm(index: 0)
}

/// Which NATs stand between which realms, and what they do to a datagram on its way.
package struct SimulatedTopology {
    fileprivate struct Gateway {
        let nat: SimulatedNAT
        let inside: Realm
        let outside: Realm
    }

    /// Routers in the Internet itself that every datagram across it passes.
    package var coreHops: UInt8 = 3
    private static let usualHopLimit: UInt8 = 64

    private var gateways: [Gateway] = []
    /// Realms whose hosts cannot reach each other, as in the wireless networks of hotels.
    package var isolated: Set<Realm> = []

    package init() {}

    /// Puts a NAT at the edge of `outside`.
    /// - Returns: the realm behind it.
    package mutating func add(_ nat: SimulatedNAT, outside: Realm = .internet) -> Realm {
        let inside = Realm(index: gateways.count + 1)
        gateways.append(Gateway(nat: nat, inside: inside, outside: outside))
        return inside
    }

    /// A host with this address stands in the realm; firewalls on the way let it keep it.
    func added(_ ip: IPAddress, in realm: Realm) {
        var realm = realm
        while let gateway = gateways.first(where: { $0.inside == realm }) {
            gateway.nat.add(inside: ip)
            realm = gateway.outside
        }
    }

    /// What became of a datagram on its way out, and the realm in which it looks for its goal; nil
    /// if it got nowhere. `isLocal` says whether a host in a realm has the goal's address.
    func depart(
        _ datagram: SimulatedDatagram, from start: Realm, now: Instant,
        isLocal: (Realm, SocketAddress) -> Bool
    ) -> (datagram: SimulatedDatagram, realm: Realm)? {
        var datagram = datagram
        var realm = start
        if datagram.hopLimit == 0 { datagram.hopLimit = Self.usualHopLimit }
        let goal = datagram.destination
        guard goal.ip.isIPv4 == datagram.source.ip.isIPv4 else { return nil }
        func isReached(in realm: Realm) -> Bool {
            (isLocal(realm, goal) && !isolated.contains(realm))
                || gateways.contains { $0.leads(to: goal, in: realm) }
        }
        while !isReached(in: realm) {
            guard let gateway = gateways.first(where: { $0.inside == realm }) else { break }
            // A router counts down before it translates, so what dies there leaves no trace.
            guard datagram.hopLimit > 1 else { return nil }
            datagram.hopLimit -= 1
            guard let translated = gateway.nat.outbound(datagram, now: now) else { return nil }
            datagram = translated
            realm = gateway.outside
            guard gateway.nat.owns(goal.ip) else { continue }
            return gateway.nat.behaviour.hairpins ? (datagram, realm) : nil
        }
        if realm == .internet {
            guard datagram.hopLimit > coreHops else { return nil }
            datagram.hopLimit -= coreHops
        }
        return (datagram, realm)
    }

    /// Leads a datagram that has arrived in a realm inwards, to where a host is.
    func arrive(
        _ datagram: SimulatedDatagram, in start: Realm, now: Instant,
        isLocal: (Realm, SocketAddress) -> Bool
    ) -> (datagram: SimulatedDatagram, realm: Realm)? {
        var datagram = datagram
        var realm = start
        while !isLocal(realm, datagram.destination) {
            let goal = datagram.destination
            guard let gateway = gateways.first(where: { $0.leads(to: goal, in: realm) }),
                let translated = gateway.nat.inbound(datagram, now: now)
            else { return nil }
            datagram = translated
            realm = gateway.inside
        }
        return (datagram, realm)
    }

    /// The realms that a datagram to `ip` in `realm` may end up in.
    func realms(behind ip: IPAddress, in realm: Realm) -> [Realm] {
        gateways.filter { $0.outside == realm && $0.nat.owns(ip) }.flatMap { gateway in
            [gateway.inside] + gateways.filter { $0.outside == gateway.inside }.map(\.inside)
        }
    }
}

extension SimulatedTopology.Gateway {
    fileprivate func leads(to goal: SocketAddress, in realm: Realm) -> Bool {
        outside == realm && nat.owns(goal.ip)
    }
}

/// Where a host stands.
package struct SimulatedSite: Sendable {
    package var address: SocketAddress
    package var realm = Realm.internet

    package init(address: SocketAddress, realm: Realm = .internet) {
        self.address = address
        self.realm = realm
    }
}
