import SRMUDP

/// Two production endpoints that know each other, on one simulated network.
package final class Pair {
    package struct Options {
        package var conditions = LinkConditions()
        package var configuration = ConnectionConfiguration()
        package var logger = Logger.silent
        /// Where the two sides stand, left first; both in the Internet if nothing is said.
        package var sites: (SimulatedNetwork) -> [SimulatedSite] = { _ in
            Side.allCases.map { SimulatedSite(address: Pair.firstAddress(of: $0)) }
        }

        package init() {}
    }

    package static let leftAddress = SocketAddress.simulated(host: 1)
    package static let rightAddress = SocketAddress.simulated(host: 2)

    package let network: SimulatedNetwork
    package let ledger: FlowLedger
    private let options: Options
    private let seed: UInt64
    private let keys: [X25519.KeyPair]
    private let preSharedKey: SecretBytes
    private var endpoints: [SimulatedEndpoint] = []
    private var hosts: [HostID] = []
    private var restarts: UInt64 = 0

    package init(seed: UInt64, options: Options = Options()) {
        self.seed = seed
        self.options = options
        network = SimulatedNetwork(seed: seed, conditions: options.conditions)
        ledger = FlowLedger(seed: seed)
        let random = SeededRandomSource(seed: seed ^ 0x6b65_7973)
        keys = Side.allCases.map { _ in X25519.KeyPair.generate(from: random) }
        preSharedKey = SecretBytes(random.bytes(count: 32))
        for (side, site) in zip(Side.allCases, options.sites(network)) {
            let endpoint = makeEndpoint(side)
            endpoints.append(endpoint)
            hosts.append(network.addHost(endpoint, address: site.address, realm: site.realm))
        }
    }

    package subscript(side: Side) -> SimulatedEndpoint { endpoints[side.rawValue] }
    package var left: SimulatedEndpoint { self[.left] }
    package var right: SimulatedEndpoint { self[.right] }
    package func host(_ side: Side) -> HostID { hosts[side.rawValue] }
    package func publicKey(of side: Side) -> PublicKey { keys[side.rawValue].publicKey }

    package static func firstAddress(of side: Side) -> SocketAddress {
        side == .left ? leftAddress : rightAddress
    }

    /// Lets `side` dial the other one at its present address.
    package func dial(from side: Side = .left) {
        dial(from: side, to: [network.address(of: host(side.opposite))])
    }

    /// Lets `side` dial the other one at these addresses; `change` may ask for more.
    package func dial(
        from side: Side, to addresses: [SocketAddress],
        _ change: (inout PeerTarget) -> Void = { _ in }
    ) {
        var target = PeerTarget(
            publicKey: publicKey(of: side.opposite), preSharedKey: preSharedKey,
            addresses: addresses)
        change(&target)
        self[side].dial(target, now: network.now)
        network.flush(host(side))
    }

    /// Dials and waits until both sides are connected.
    /// - Returns: whether they are, within 60 s.
    @discardableResult
    package func connect(from side: Side = .left) -> Bool {
        dial(from: side)
        return drive(for: .seconds(60)) {
            self.left.connection?.isEstablished == true
                && self.right.connection?.isEstablished == true
        }
    }

    /// Steps until `condition` holds, something is violated or the time is over.
    @discardableResult
    package func drive(
        for interval: Interval, until condition: () -> Bool = { false }
    ) -> Bool {
        network.drive(for: interval) { condition() || !ownViolations.isEmpty }
            && ownViolations.isEmpty
    }

    /// The process of one side dies and another one starts in its place, with the same keys.
    package func restart(_ side: Side) {
        restarts += 1
        endpoints[side.rawValue] = makeEndpoint(side)
        network.restart(host(side), as: self[side])
    }

    /// The process of one side leaves everything to another one, which goes on with it.
    package func handOver(_ side: Side) {
        restarts += 1
        let target = PeerTarget(
            publicKey: publicKey(of: side.opposite), preSharedKey: preSharedKey, addresses: [])
        let successor = makeNakedEndpoint(side)
        guard self[side].handOver(to: successor, knowing: target, now: network.now) else { return }
        network.flush(host(side))
    }

    /// Everything that may never happen and did.
    package var violations: [String] { ownViolations + network.violations }

    private var ownViolations: [String] {
        if ledger.violations.isEmpty, left.violations.isEmpty, right.violations.isEmpty {
            return []
        }
        return ledger.violations + left.violations.map { "left: \($0)" }
            + right.violations.map { "right: \($0)" }
    }

    private func makeEndpoint(_ side: Side) -> SimulatedEndpoint {
        SimulatedEndpoint(
            endpoint: makeNakedEndpoint(side),
            application: FlowApplication(side: side, ledger: ledger),
            heldLimit: options.configuration.streams.maximumConnectionWindow)
    }

    private func makeNakedEndpoint(_ side: Side) -> Endpoint {
        let random = SeededRandomSource(
            seed: seed &* 2 &+ UInt64(side.rawValue) &+ restarts &* 0x1000_0001)
        let other = publicKey(of: side.opposite)
        let preSharedKey = preSharedKey
        return Endpoint(
            configuration: options.configuration, identity: keys[side.rawValue], random: random,
            logger: options.logger.labelled("\(side)"), now: network.now,
            authorize: { publicKey, _ in publicKey == other ? preSharedKey : nil })
    }
}
