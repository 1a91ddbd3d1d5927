import SRMUDP

/// A random life of a connection, drawn from a seed: faults, operations, then peace, in which
/// everything has to drain.
package struct Schedule: CustomStringConvertible {
    package let seed: UInt64
    package let conditions: LinkConditions
    package private(set) var operations: [TestOperation]
    package let configuration: ConnectionConfiguration
    package let bothDial: Bool
    /// How the relay between the two treats datagrams; nil if there is none.
    package let relay: LinkConditions?

    package init(seed: UInt64) {
        self.seed = seed
        let random = SeededRandomSource(seed: seed ^ 0x5c4e_d01e)
        conditions = .random(using: random)
        bothDial = random.flip(0.3)
        relay = random.flip(0.4) ? .random(using: random) : nil
        configuration = Self.configuration(using: random)
        operations = (0..<10 + Int(random.next(below: 30))).map { _ in .random(using: random) }
    }

    /// The same life without some of its operations, to find out which of them matter.
    package func without(_ range: Range<Int>) -> Schedule {
        var shorter = self
        shorter.operations.removeSubrange(range)
        return shorter
    }

    private static func configuration(
        using random: SeededRandomSource
    ) -> ConnectionConfiguration {
        var configuration = ConnectionConfiguration()
        // A schedule may be silent for hours; the hold has its own tests.
        configuration.hold = .seconds(24 * 3600)
        configuration.congestion = random.flip() ? .cubic : .modelBased
        if random.flip() {
            configuration.maximumDatagramSize = 1200 + Int(random.next(below: 3000))
        }
        if random.flip(0.3) { configuration.keyUpdatePackets = 8 + random.next(below: 60) }
        if random.flip(0.3) {
            configuration.rehandshakeInterval = .seconds(5 + Int64(random.next(below: 60)))
        }
        if random.flip() {
            configuration.streams.initialStreamWindow = 4_000 + Int(random.next(below: 20_000))
            configuration.streams.initialConnectionWindow = 8_000 + Int(random.next(below: 40_000))
            configuration.streams.maximumConnectionWindow = 512 * 1024
            configuration.streams.maximumStreamWindow = 128 * 1024
        }
        if random.flip(0.2) {
            configuration.streams.maximumPeerStreams = 1 + Int(random.next(below: 4))
        }
        return configuration
    }

    package var description: String {
        var lines = ["seed \(seed), \(bothDial ? "both dial" : "left dials"), \(conditions)"]
        if let relay { lines.append("relay \(relay)") }
        lines.append(
            "congestion \(configuration.congestion), datagram \(configuration.maximumDatagramSize),"
                + " key update \(configuration.keyUpdatePackets),"
                + " handshake \(configuration.rehandshakeInterval.seconds) s,"
                + " window \(configuration.streams.initialStreamWindow),"
                + " streams \(configuration.streams.maximumPeerStreams)")
        lines += operations.enumerated().map { "  \($0.offset). \($0.element)" }
        return lines.joined(separator: "\n")
    }
}
