import SRMUDP

/// A protocol machine that lives on a simulated host: bytes and time in, bytes out.
package protocol SimulatedNode: AnyObject {
    /// When `handleTimeout` wants to be called next.
    var nextTimeout: Instant? { get }
    func handleTimeout(now: Instant)
    func handleDatagram(_ datagram: SimulatedDatagram, now: Instant)
    /// Its state, for messages.
    var summary: String { get }
    /// Everything that the node wants to send now, sources left to the network.
    func transmit(now: Instant) -> [SimulatedDatagram]
}

/// Names a host of one network.
package struct HostID: Hashable, Sendable {
    package let index: Int
}

/// Hosts, the links between them and the clock that they share.
///
/// `step()` jumps to the next instant at which anything happens, so hours of silence cost nothing.
/// Everything random comes from one seed; given the same calls, a run repeats itself exactly.
package final class SimulatedNetwork {
    private struct Host {
        let node: any SimulatedNode
        var address: SocketAddress
        let realm: Realm
        var isPaused = false
        var backlog: [SimulatedDatagram] = []
    }

    private struct Route: Hashable {
        let from: HostID
        let to: HostID
    }

    /// An address, and where it means something.
    private struct Place: Hashable {
        let realm: Realm
        let address: SocketAddress
    }

    /// A datagram that has crossed its link.
    private enum Arrival {
        case network(SimulatedDatagram, Realm)
        case relay(SimulatedDatagram, HostID)
    }

    /// What a paused host's receive buffer keeps for it.
    package static let backlogLimit = 128
    /// More turns than this without any time passing means that a node spins.
    package static let turnsPerInstantLimit = 300

    /// Called whenever time has passed.
    package var onAdvance: ((Instant) -> Void)?
    /// The machine has been running for hours, so that an instant that nobody set shows as late.
    package private(set) var now = Instant(nanoseconds: 10_000_000_000_000)
    package let random: SeededRandomSource
    package private(set) var violations: [String] = []
    package private(set) var traffic = TrafficLedger()
    /// While this is set, each datagram that is sent is kept in `captured`.
    package var isCapturing = false
    package private(set) var captured: [SimulatedDatagram] = []

    private var hosts: [Host] = []
    private var hostByPlace: [Place: HostID] = [:]
    package var topology = SimulatedTopology()
    package private(set) var relays: [SimulatedRelay] = []
    /// Sockets besides the usual one of a host, each a host of its own here.
    private var spares: [HostID: SimulatedSpareSocket] = [:]
    private var links: [Route: SimulatedLink] = [:]
    private var defaultConditions: LinkConditions
    private var events = EventQueue<Arrival>()
    private var turnsAtThisInstant = 0

    package init(seed: UInt64, conditions: LinkConditions = LinkConditions()) {
        random = SeededRandomSource(seed: seed)
        defaultConditions = conditions
    }

    package func addHost(
        _ node: any SimulatedNode, address: SocketAddress, realm: Realm = .internet
    ) -> HostID {
        let id = HostID(index: hosts.count)
        let place = Place(realm: realm, address: address)
        precondition(hostByPlace[place] == nil, "two hosts cannot share an address")
        hosts.append(Host(node: node, address: address, realm: realm))
        hostByPlace[place] = id
        topology.added(address.ip, in: realm)
        return id
    }

    /// Joins two link addresses.
    package func add(_ relay: SimulatedRelay) { relays.append(relay) }

    /// Gives a host one more socket, at `port`, as a link towards one address.
    package func add(_ spare: SimulatedSpareSocket, port: UInt16) {
        let owner = hosts[spare.owner.index]
        let address = SocketAddress(owner.address.ip, port: port)
        spares[addHost(SilentNode(), address: address, realm: owner.realm)] = spare
    }

    package func address(of host: HostID) -> SocketAddress { hosts[host.index].address }

    /// The host appears under another address, as after a NAT's reboot; datagrams to the old one
    /// vanish.
    package func rebind(_ host: HostID, to address: SocketAddress) {
        let realm = hosts[host.index].realm
        let place = Place(realm: realm, address: address)
        precondition(hostByPlace[place] == nil, "two hosts cannot share an address")
        hostByPlace[Place(realm: realm, address: hosts[host.index].address)] = nil
        hosts[host.index].address = address
        hostByPlace[place] = host
        topology.added(address.ip, in: realm)
    }

    /// Where a server at `server` sees datagrams of the host come from, now; nil if it sees none.
    ///
    /// - Parameter port: the port of another socket of the host's.
    package func observedAddress(
        of host: HostID, port: UInt16? = nil, by server: SocketAddress
    ) -> SocketAddress? {
        var source = hosts[host.index].address
        if let port { source = SocketAddress(source.ip, port: port) }
        let datagram = SimulatedDatagram(bytes: [0], source: source, destination: server)
        return topology.depart(datagram, from: hosts[host.index].realm, now: now) {
            $0 == .internet && $1 == server
        }?.datagram.source
    }

    /// Puts a fresh machine in the place of one that was killed.
    package func restart(_ host: HostID, as node: any SimulatedNode) {
        let old = hosts[host.index]
        hosts[host.index] = Host(node: node, address: old.address, realm: old.realm)
    }

    /// A paused host handles nothing while the clock goes on, as in a suspended laptop.
    package func pause(_ host: HostID) { hosts[host.index].isPaused = true }

    package func resume(_ host: HostID) {
        hosts[host.index].isPaused = false
        let backlog = hosts[host.index].backlog
        hosts[host.index].backlog = []
        for datagram in backlog { hosts[host.index].node.handleDatagram(datagram, now: now) }
        flush(host)
    }

    package func isPaused(_ host: HostID) -> Bool { hosts[host.index].isPaused }

    package func conditions(from: HostID, to: HostID) -> LinkConditions {
        links[Route(from: from, to: to)]?.conditions ?? defaultConditions
    }

    package func statistics(from: HostID, to: HostID) -> LinkStatistics {
        links[Route(from: from, to: to)]?.statistics ?? LinkStatistics()
    }

    package func setConditions(_ conditions: LinkConditions, from: HostID, to: HostID) {
        links[Route(from: from, to: to), default: SimulatedLink(conditions)].conditions = conditions
    }

    package func setConditionsBothWays(_ conditions: LinkConditions, _ one: HostID, _ two: HostID) {
        setConditions(conditions, from: one, to: two)
        setConditions(conditions, from: two, to: one)
    }

    package func changeConditions(
        from: HostID, to: HostID, _ change: (inout LinkConditions) -> Void
    ) {
        var conditions = conditions(from: from, to: to)
        change(&conditions)
        setConditions(conditions, from: from, to: to)
    }

    /// Lets a datagram arrive that no host sent; its source may be forged.
    package func inject(_ datagram: SimulatedDatagram, after delay: Interval = .zero) {
        events.schedule(.network(datagram, .internet), at: now + delay)
    }

    package func dropCaptured() { captured = [] }

    /// Sends what a host has to send; to be called after its application did something.
    package func flush(_ host: HostID) {
        guard !hosts[host.index].isPaused else { return }
        for datagram in hosts[host.index].node.transmit(now: now) { send(datagram, from: host) }
    }

    /// The instant of the next event or deadline; nil when all is quiet for ever.
    package var nextEventTime: Instant? {
        var next = events.nextTime
        for host in hosts where !host.isPaused {
            guard let timeout = host.node.nextTimeout, timeout != .distantFuture else { continue }
            next = min(next ?? timeout, timeout)
        }
        return next.map { max($0, now) }
    }

    /// Goes to the next event, but not beyond `limit`, and handles all that is due then.
    /// - Returns: false when nothing happened up to `limit`, where the clock then stands.
    @discardableResult
    package func step(limit: Instant = .distantFuture) -> Bool {
        guard let next = nextEventTime, next <= limit else {
            if limit != .distantFuture { advance(to: max(now, limit)) }
            return false
        }
        advance(to: next)
        deliverDueDatagrams()
        for index in hosts.indices where !hosts[index].isPaused {
            if let timeout = hosts[index].node.nextTimeout, timeout <= now {
                hosts[index].node.handleTimeout(now: now)
            }
            flush(HostID(index: index))
        }
        return true
    }

    /// Steps until `condition` holds or `interval` of simulated time has passed.
    /// - Returns: whether the condition holds.
    @discardableResult
    package func drive(
        for interval: Interval, until condition: () -> Bool = { false }
    ) -> Bool {
        let limit = now + interval
        for index in hosts.indices { flush(HostID(index: index)) }
        while violations.isEmpty {
            if condition() { return true }
            if !step(limit: limit) { return condition() }
        }
        return false
    }

    /// Notes that something happened which never may.
    package func report(_ violation: String) {
        violations.append("at \((now - Instant(nanoseconds: 0)).seconds) s: \(violation)")
    }

    private func advance(to time: Instant) {
        turnsAtThisInstant = time == now ? turnsAtThisInstant + 1 : 0
        now = time
        onAdvance?(now)
        if turnsAtThisInstant == Self.turnsPerInstantLimit {
            let spinning = hosts.indices.filter { index in
                (hosts[index].node.nextTimeout ?? .distantFuture) <= now
            }
            let reasons = spinning.map { hosts[$0].node.summary }
            report("time stands still at \(now.nanoseconds): hosts \(spinning) \(reasons)")
        }
    }

    private func deliverDueDatagrams() {
        while let arrival = events.popDue(at: now) {
            guard let (datagram, host) = resolve(arrival) else { continue }
            traffic.received(datagram, by: host)
            guard hosts[host.index].isPaused else {
                hosts[host.index].node.handleDatagram(datagram, now: now)
                continue
            }
            if hosts[host.index].backlog.count < Self.backlogLimit {
                hosts[host.index].backlog.append(datagram)
            }
        }
    }

    private func resolve(_ arrival: Arrival) -> (SimulatedDatagram, HostID)? {
        switch arrival {
        case .relay(let datagram, let host): return (datagram, host)
        case .network(let datagram, let realm):
            guard
                let end = topology.arrive(datagram, in: realm, now: now, isLocal: hasHost),
                let host = hostByPlace[Place(realm: end.realm, address: end.datagram.destination)]
            else { return nil }
            guard let spare = spares[host] else { return (end.datagram, host) }
            return spare.received(end.datagram).map { ($0, spare.owner) }
        }
    }

    private func hasHost(in realm: Realm, at address: SocketAddress) -> Bool {
        hostByPlace[Place(realm: realm, address: address)] != nil
    }

    private func send(_ datagram: SimulatedDatagram, from host: HostID) {
        var datagram = datagram
        datagram.source = hosts[host.index].address
        traffic.sent(datagram, by: host)
        if isCapturing { captured.append(datagram) }
        if datagram.destination.ip.isLink { return relay(datagram, from: host) }
        let realm = hosts[host.index].realm
        guard let way = topology.depart(datagram, from: realm, now: now, isLocal: hasHost),
            let destination = goal(of: way.datagram.destination, in: way.realm)
        else { return }
        let route = Route(from: host, to: destination)
        let arrivals = links[route, default: SimulatedLink(defaultConditions)]
            .send(way.datagram, now: now, random: random)
        for arrival in arrivals {
            events.schedule(.network(arrival.datagram, way.realm), at: arrival.time)
        }
    }

    private func relay(_ datagram: SimulatedDatagram, from host: HostID) {
        if let (spare, socket) = spares.first(where: { $1.isLink(datagram.destination, of: host) })
        {
            var datagram = datagram
            datagram.destination = socket.remote
            return send(datagram, from: spare)
        }
        for relay in relays {
            let arrivals = relay.send(datagram, from: host, now: now, random: random)
            for (receiver, arrival) in arrivals ?? [] {
                events.schedule(.relay(arrival.datagram, receiver), at: arrival.time)
            }
        }
    }

    /// Whose link a datagram to `address` takes: the host's, or that of the first one behind the NAT
    /// at this address.
    private func goal(of address: SocketAddress, in realm: Realm) -> HostID? {
        if let host = hostByPlace[Place(realm: realm, address: address)] { return host }
        let realms = topology.realms(behind: address.ip, in: realm)
        return hosts.firstIndex { realms.contains($0.realm) }.map { HostID(index: $0) }
    }
}
