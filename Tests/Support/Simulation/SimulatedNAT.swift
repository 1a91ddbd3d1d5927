import SRMUDP

/// A router between an inside and an outside that rewrites addresses, or only watches them.
///
/// What it remembers is keyed by addresses of which parts are blanked: how much of the remote
/// address a key keeps is what RFC 4787 calls its mapping and its filtering behaviour.
package final class SimulatedNAT {
    /// How much of the remote address matters (RFC 4787 sections 4.1 and 5).
    package enum Dependence: Sendable {
        case nothing, address, addressAndPort

        fileprivate func blank(_ remote: SocketAddress) -> SocketAddress {
            switch self {
            case .nothing: SocketAddress(.anyIPv6, port: 0)
            case .address: SocketAddress(remote.ip, port: 0)
            case .addressAndPort: remote
            }
        }
    }

    package enum PortAllocation: Sendable {
        /// The port of the host inside, unless it is taken.
        case preserving
        case sequential
        case random
    }

    package struct Behaviour: Sendable {
        package var mapping: Dependence
        package var filtering: Dependence
        package var allocation = PortAllocation.preserving
        /// What was idle for this long is forgotten.
        package var timeout: Interval = .seconds(120)
        /// Whether hosts inside reach each other by their outside addresses.
        package var hairpins = false
        /// Linux without a filter for what comes in: a datagram that nobody inside asked for counts
        /// as one for the router itself, and keeps its pair of addresses from being used.
        package var lacksInputFilter = false
        /// A firewall only watches.
        package var translates = true
        package var blocksEverything = false

        package init(mapping: Dependence, filtering: Dependence) {
            self.mapping = mapping
            self.filtering = filtering
        }
    }

    private struct MappingKey: Hashable {
        let inside: SocketAddress
        let remote: SocketAddress
    }

    private struct FilterKey: Hashable {
        let port: SocketAddress
        let remote: SocketAddress
    }

    private struct Mapping {
        var outside: SocketAddress
        var lastUse: Instant
    }

    package var behaviour: Behaviour
    package private(set) var publicIP: IPAddress
    private let random: SeededRandomSource
    private var mappings: [MappingKey: Mapping] = [:]
    /// Who may come in: the pairs of outside and remote address that something left by.
    private var permissions: [FilterKey: (inside: SocketAddress, lastUse: Instant)] = [:]
    /// Pairs that count as the router's own.
    private var occupied: [FilterKey: Instant] = [:]
    private var nextPort: UInt16 = 30_000
    private var insideIPs: Set<IPAddress> = []

    package init(_ behaviour: Behaviour, publicIP: IPAddress, random: SeededRandomSource) {
        self.behaviour = behaviour
        self.publicIP = publicIP
        self.random = random
    }

    /// Whether datagrams to `ip` arrive at its outside.
    func owns(_ ip: IPAddress) -> Bool {
        behaviour.translates ? ip == publicIP : insideIPs.contains(ip)
    }

    func add(inside ip: IPAddress) { insideIPs.insert(ip) }

    /// Forgets everything, as after a reboot, perhaps with another address.
    package func reboot(publicIP: IPAddress? = nil) {
        mappings = [:]
        permissions = [:]
        occupied = [:]
        // After a reboot nobody gets the port it had.
        nextPort += 1_000
        if behaviour.allocation == .preserving { behaviour.allocation = .sequential }
        self.publicIP = publicIP ?? self.publicIP
    }

    /// The datagram as it leaves; nil if it does not.
    func outbound(_ datagram: SimulatedDatagram, now: Instant) -> SimulatedDatagram? {
        guard !behaviour.blocksEverything else { return nil }
        expire(now: now)
        let key = MappingKey(
            inside: datagram.source, remote: behaviour.mapping.blank(datagram.destination))
        let outside =
            mappings[key]?.outside ?? allocate(for: datagram.source, key.remote)
        mappings[key] = Mapping(outside: outside, lastUse: now)
        let permission = FilterKey(
            port: outside, remote: behaviour.filtering.blank(datagram.destination))
        permissions[permission] = (datagram.source, now)
        var datagram = datagram
        datagram.source = outside
        return datagram
    }

    /// The datagram as it goes on inside; nil if it does not.
    func inbound(_ datagram: SimulatedDatagram, now: Instant) -> SimulatedDatagram? {
        guard !behaviour.blocksEverything else { return nil }
        expire(now: now)
        let key = FilterKey(
            port: datagram.destination, remote: behaviour.filtering.blank(datagram.source))
        guard let permission = permissions[key] else {
            let pair = FilterKey(port: datagram.destination, remote: datagram.source)
            if behaviour.lacksInputFilter { occupied[pair] = now }
            return nil
        }
        permissions[key]?.lastUse = now
        var datagram = datagram
        datagram.destination = permission.inside
        return datagram
    }

    private func allocate(for inside: SocketAddress, _ remote: SocketAddress) -> SocketAddress {
        guard behaviour.translates else { return inside }
        var port = inside.port
        switch behaviour.allocation {
        case .preserving: break
        case .sequential: port = takeNextPort()
        case .random: port = randomPort()
        }
        while isTaken(SocketAddress(publicIP, port: port), by: inside, remote) {
            port = behaviour.allocation == .sequential ? takeNextPort() : randomPort()
        }
        return SocketAddress(publicIP, port: port)
    }

    private func isTaken(
        _ outside: SocketAddress, by inside: SocketAddress, _ remote: SocketAddress
    ) -> Bool {
        if occupied[FilterKey(port: outside, remote: remote)] != nil { return true }
        return mappings.contains { key, mapping in
            mapping.outside == outside && key.remote == remote && key.inside != inside
        }
    }

    private func takeNextPort() -> UInt16 {
        nextPort += 1
        return nextPort
    }

    private func randomPort() -> UInt16 { UInt16(1_024 + random.next(below: 60_000)) }

    private func expire(now: Instant) {
        let timeout = behaviour.timeout
        mappings = mappings.filter { now - $0.value.lastUse < timeout }
        permissions = permissions.filter { now - $0.value.lastUse < timeout }
        occupied = occupied.filter { now - $0.value < .seconds(30) }
    }
}

extension SimulatedNAT.Behaviour {
    /// Endpoint-independent in both respects.
    package static let fullCone = Self(mapping: .nothing, filtering: .nothing)
    package static let addressRestricted = Self(mapping: .nothing, filtering: .address)
    /// Plain Linux masquerading behind an input filter: a mapping for each remote address, but on
    /// the same port as long as that is free.
    package static let portRestricted = Self(mapping: .addressAndPort, filtering: .addressAndPort)

    package static let symmetricSequential = symmetric(.sequential)
    package static let symmetricRandom = symmetric(.random)

    package static let linuxWithoutFilter = {
        var behaviour = Self.portRestricted
        behaviour.lacksInputFilter = true
        return behaviour
    }()

    /// Lets in only what answers something, and changes nothing.
    package static let firewall = {
        var behaviour = Self.portRestricted
        behaviour.translates = false
        return behaviour
    }()

    package static let blocked = {
        var behaviour = Self.portRestricted
        behaviour.blocksEverything = true
        return behaviour
    }()

    private static func symmetric(_ allocation: SimulatedNAT.PortAllocation) -> Self {
        var behaviour = Self(mapping: .addressAndPort, filtering: .addressAndPort)
        behaviour.allocation = allocation
        return behaviour
    }
}
