import SRMUDP
import TestSupport

/// The server's part: a driver with nothing but a forwarder.
struct Relay {
    let port: Int
    let channels: Int
    let left: Int
    let right: Int

    func run(seconds: Int) throws {
        let loop = try EventLoop()
        let random = SeededRandomSource(seed: 1)
        let endpoint = Endpoint(
            configuration: ConnectionConfiguration(),
            identity: X25519.KeyPair.generate(from: random), random: random, logger: .silent,
            now: loop.now
        ) { _, _ in nil }
        let driver = try EndpointDriver(
            endpoint: endpoint, socket: try UDPSocket(bindingTo: RelayLoad.address(port)),
            loop: loop
        ) { _ in }
        let forwarder = try makeForwarder(now: loop.now)
        driver.setHandler(forwarder, for: DatagramKind.relayed)
        loop.schedule(after: .seconds(Int64(seconds))) { loop.stop() }
        try loop.run()
        driver.stop()
        let statistics = forwarder.table.statistics
        let drops = RelayStatistics.Drop.allCases.compactMap { reason in
            let count = statistics[reason].datagrams
            return count == 0 ? nil : "\(reason)=\(count)"
        }
        let text = drops.joined(separator: " ")
        RelayLoad.report(
            "relay", bytes: Int(statistics.forwarded.bytes),
            "datagrams=\(statistics.forwarded.datagrams) \(text)")
    }

    private func makeForwarder(now: Instant) throws -> RelayForwarder {
        var limits = RelayTable.Limits()
        limits.sides = 2 * channels
        limits.sidesPerSource = limits.sides
        let forwarder = RelayForwarder(
            table: RelayTable(limits: limits, random: SeededRandomSource(seed: 4)))
        for _ in 0..<channels {
            let sides = try [left, right].map { port in
                let address = RelayLoad.address(port)
                return try forwarder.table.attach(at: address, source: address.ip, now: now)
            }
            try forwarder.table.join(sides[0], sides[1], now: now)
        }
        return forwarder
    }
}
