import TestSupport
import Testing

@testable import SRMUDP

@Suite struct ConnectionTests {
    @Test("two endpoints meet and exchange bytes")
    func exchange() {
        let wire = Wire()
        let connection = wire.dial(from: 0)

        #expect(wire.run { connection.isEstablished && wire.accepted.first?.isEstablished == true })
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }

        #expect(wire.send(bytes, on: connection, to: 1))
        #expect(wire.received[1] == bytes)
        #expect((connection.currentPath?.datagramSize ?? 0) >= 32_000)
    }

    @Test("all known addresses are tried, and none of them costs a path")
    func manyAddresses() throws {
        let wire = Wire()
        let connection = wire.dial(from: 0)
        let others = (UInt16(1)...9).map { SocketAddress.simulated(host: $0) }
        for address in others { connection.addAddress(address, now: wire.now) }
        var mostPaths = 0

        wire.run(for: .seconds(60)) {
            mostPaths = max(mostPaths, connection.paths.count)
            return false
        }

        let challenged = Set(wire.sent[0].filter(\.isData).map(\.destination))
        #expect(challenged.isSuperset(of: others))
        #expect(mostPaths == 1)
        #expect(connection.paths.count == 1)
        #expect(connection.currentPath?.remote == wire.addresses[1])
    }

    @Test("both sides dialling at once become one connection")
    func simultaneous() {
        let wire = Wire()
        let connections = [wire.dial(from: 0), wire.dial(from: 1)]

        #expect(wire.run { connections.allSatisfy { $0.sending?.isPreferred == true } })
        #expect(wire.accepted.isEmpty)
    }

    @Test("both sides dialling at once know the round trip", arguments: [0, 3, 10, 17, 25])
    func simultaneousRoundTrip(skew: Int64) {
        var options = Pair.Options()
        options.conditions = .delay(.milliseconds(10))
        let pair = Pair(seed: 1, options: options)
        pair.dial(from: .left)
        _ = pair.drive(for: .milliseconds(skew)) { false }
        pair.dial(from: .right)
        let connections = { [pair.left.connection, pair.right.connection].compactMap(\.self) }

        let isUp = pair.drive(for: .seconds(5)) {
            let connections = connections()
            return connections.count == 2 && connections.allSatisfy(\.isEstablished)
        }

        #expect(isUp)
        let times = connections().map(\.minimumRoundTrip)
        #expect(times.allSatisfy { $0.map { (20...60).contains($0.milliseconds) } ?? false })
    }
}
