import SRMUDP
import TestSupport
import Testing

/// Which pairs of NATs become direct, and that all others are served by the relay.
@Suite("NAT matrix")
struct NATMatrixTests {
    struct Cell: CustomStringConvertible, Sendable {
        let left: Surroundings
        let right: Surroundings

        var description: String { "\(left) x \(right)" }

        /// Where no guessing of ports is needed.
        var isDirect: Bool {
            let pair: Set<Surroundings> = [left, right]
            let symmetric: Set<Surroundings> = [.symmetricSequential, .symmetricRandom]
            guard !pair.contains(.blocked) else { return false }
            return pair.isDisjoint(with: symmetric)
                || !pair.isSubset(of: symmetric.union([.portRestricted]))
        }
    }

    static let cells = Surroundings.matrix.flatMap { left in
        Surroundings.matrix.map { Cell(left: left, right: $0) }
    }

    /// How much later the right side begins, in milliseconds.
    static let skews: [Int64] = [0, 25, -25, 150, -400]

    @Test("each pair meets within three seconds, directly within five if it can", arguments: cells)
    func cell(cell: Cell) {
        for (seed, skew) in Self.skews.enumerated() {
            let world = MeetingWorld(seed: UInt64(seed), cell.left, cell.right)

            world.meet(skew: .milliseconds(skew))
            world.pair.open(from: .left, bytes: 50_000)
            world.pair.open(from: .right, bytes: 50_000)
            let isMet = world.pair.drive(for: .seconds(3)) { world.areEstablished }
            let isDirect = world.pair.drive(for: .seconds(5)) { world.areDirect }
            let isRead = world.pair.drive(for: .seconds(20)) {
                world.pair.isRead(from: .left) && world.pair.isRead(from: .right)
            }

            #expect(isMet, "\(cell), skew \(skew)\n\(world.report)")
            #expect(isDirect == cell.isDirect, "\(cell), skew \(skew)\n\(world.report)")
            #expect(isRead, "\(cell), skew \(skew)\n\(world.report)")
            #expect(world.pair.violations.isEmpty, "\(world.pair.violations)")
        }
    }

    @Test("the matrix has 16 direct pairs of 28")
    func count() {
        let all = Surroundings.matrix.indices.flatMap { first in
            Surroundings.matrix.indices[first...].map {
                Cell(left: Surroundings.matrix[first], right: Surroundings.matrix[$0])
            }
        }

        #expect(all.count == 28)
        #expect(all.count(where: \.isDirect) == 16)
    }

    @Test(
        "a router that takes early datagrams for its own is outrun by openers",
        arguments: [Surroundings.linuxWithoutFilter, .portRestricted, .addressRestricted], skews)
    func openers(other: Surroundings, skew: Int64) {
        let world = MeetingWorld(seed: 1, .linuxWithoutFilter, other)

        // As long as the two sides may be apart.
        world.meet(skew: .milliseconds(skew), openers: Openers(wait: .milliseconds(450)))

        #expect(world.pair.drive(for: .seconds(5)) { world.areDirect }, "\(world.report)")
    }

    @Test(
        "a peer that is known is not disturbed before it was called",
        arguments: [Surroundings.linuxWithoutFilter, .portRestricted], [1, 10, 50, 100])
    func known(other: Surroundings, delay: Int64) {
        for isNear in [true, false] {
            for usesRelay in [true, false] {
                let world = MeetingWorld(seed: 8, other, .linuxWithoutFilter)
                if isNear { world.pair.network.topology.coreHops = 1 }

                world.call(throughServerAt: .milliseconds(delay), usesRelay: usesRelay)

                #expect(world.pair.drive(for: .seconds(5)) { world.areDirect }, "\(world.report)")
            }
        }
    }

    @Test("who does not wait for that spoils the way")
    func impatience() {
        let world = MeetingWorld(seed: 8, .linuxWithoutFilter, .linuxWithoutFilter)
        var openers = Openers()
        openers.patience = openers.wait

        world.call(throughServerAt: .milliseconds(50), openers: openers)

        #expect(!world.pair.drive(for: .seconds(5)) { world.areDirect }, "\(world.report)")
    }

    @Test("without openers such routers defeat each other, and the relay serves")
    func withoutOpeners() {
        let world = MeetingWorld(seed: 1, .linuxWithoutFilter, .linuxWithoutFilter)

        world.meet(skew: .milliseconds(150), openers: nil)
        world.pair.open(from: .left, bytes: 50_000)

        #expect(!world.pair.drive(for: .seconds(5)) { world.areDirect })
        #expect(world.pair.isRead(from: .left), "\(world.report)")
    }

    @Test(
        "other surroundings",
        arguments: [
            (Surroundings.doubleNAT, Surroundings.doubleNAT), (.doubleNAT, .portRestricted),
            (.doubleNAT, .symmetricRandom), (.firewall, .firewall), (.firewall, .open),
        ])
    func others(left: Surroundings, right: Surroundings) {
        let world = MeetingWorld(seed: 2, left, right)

        world.meet()
        let isDirect = world.pair.drive(for: .seconds(5)) { world.areDirect }

        // A host with IPv6 alone and one with IPv4 alone have only the relay in common.
        let isImpossible = right == .symmetricRandom || right == .open
        #expect(isDirect == !isImpossible, "\(world.report)")
        #expect(world.areEstablished)
    }

    @Test("neighbours who are kept apart need a NAT that leads back", arguments: [false, true])
    func hairpin(hairpins: Bool) {
        let world = MeetingWorld(
            seed: 6, .fullCone, .fullCone, sharesNAT: true, hairpins: hairpins, isIsolated: true)

        world.meet()
        let isDirect = world.pair.drive(for: .seconds(5)) { world.areDirect }

        #expect(isDirect == hairpins, "\(world.report)")
        #expect(world.areEstablished)
    }

    @Test("a lossy and restless network changes no cell", arguments: cells.filter(\.isDirect))
    func lossy(cell: Cell) {
        for seed in UInt64(1)...4 {
            var options = Pair.Options()
            options.conditions.loss = 0.1
            options.conditions.delay = .milliseconds(30)
            options.conditions.jitter = .milliseconds(20)
            options.conditions.keepsOrder = false
            let world = MeetingWorld(seed: seed, cell.left, cell.right, options: options)
            world.relay.changeConditions { $0.loss = 0.05 }

            world.meet(skew: .milliseconds(Int64(seed) * 40 - 80))
            let isDirect = world.pair.drive(for: .seconds(5)) { world.areDirect }

            #expect(isDirect, "\(cell), seed \(seed)\n\(world.report)")
        }
    }

    @Test("neighbours meet by their own addresses, without help")
    func sameNetwork() {
        let world = MeetingWorld(seed: 3, .portRestricted, .portRestricted, sharesNAT: true)

        world.meet(usesRelay: false)

        #expect(world.pair.drive(for: .seconds(1)) { world.areDirect }, "\(world.report)")
        #expect(world.connection(.left)?.currentPath?.remote.ip.isPrivate == true)
    }

    @Test("a policy of relays only sends nothing directly, one of direct paths nothing by relay")
    func policies() {
        let relayed = MeetingWorld(seed: 4, .open, .open)
        relayed.pair.network.isCapturing = true
        relayed.meet(policy: .relay)
        relayed.pair.open(from: .left, bytes: 50_000)
        #expect(relayed.pair.driveUntilRead(from: .left, within: .seconds(20)))
        relayed.pair.drive(for: .seconds(60))
        #expect(relayed.areRelayed)
        #expect(relayed.pair.network.captured.allSatisfy { $0.destination.ip.isLink })

        let direct = MeetingWorld(seed: 5, .portRestricted, .portRestricted)
        direct.meet(policy: .direct)
        direct.pair.open(from: .left, bytes: 50_000)
        #expect(direct.pair.driveUntilRead(from: .left, within: .seconds(20)))
        direct.pair.drive(for: .seconds(60))
        #expect(direct.areDirect)
        #expect(direct.relay.bytesCarried == 0)
    }

    @Test("one side with relays only is enough, whatever the other one knows")
    func policyOfOneSide() {
        let world = MeetingWorld(seed: 7, .open, .open)
        let right = world.pair.network.address(of: world.pair.host(.right))
        world.pair.network.isCapturing = true
        world.pair.right.endpoint.pathPolicy = .relay

        world.pair.dial(from: .left, to: [right, world.link(of: .left)])
        world.pair.open(from: .left, bytes: 50_000)
        let isRead = world.pair.driveUntilRead(from: .left, within: .seconds(20))
        world.pair.drive(for: .seconds(60))

        #expect(isRead && world.areRelayed, "\(world.report)")
        let sent = world.pair.network.captured.filter { $0.source == right }
        #expect(!sent.isEmpty && sent.allSatisfy { $0.destination.ip.isLink })
        #expect(world.connection(.right)?.observedAddress == nil)
    }
}
