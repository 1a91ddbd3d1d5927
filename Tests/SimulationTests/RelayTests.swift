import SRMUDP
import TestSupport
import Testing

/// Life with a relay and a direct path: up, down, and up again, with flows that notice nothing.
@Suite("Relay and direct path")
struct RelayTests {
    private static func world(seed: UInt64, rate: Int? = 2_000_000) -> MeetingWorld {
        var options = Pair.Options()
        options.conditions.rate = rate
        return MeetingWorld(seed: seed, .portRestricted, .portRestricted, options: options)
    }

    @Test("flows begin on the relay and move to the direct path", arguments: Side.allCases)
    func upgrade(side: Side) {
        let world = Self.world(seed: 1)
        world.cutDirect()
        world.meet()
        world.pair.open(from: side, bytes: 3_000_000)
        world.pair.drive(for: .milliseconds(500))
        #expect(world.areRelayed)

        world.cutDirect(false)
        let isDirect = world.pair.drive(for: .seconds(5)) { world.areDirect }
        let isRead = world.pair.driveUntilRead(from: side, within: .seconds(20))

        #expect(isDirect, "\(world.report)")
        #expect(isRead, "\(world.report)")
        #expect(world.pair.violations.isEmpty, "\(world.pair.violations)")
    }

    @Test("when the direct path dies the relay takes over within a second", arguments: 0..<6)
    func fallBack(seed: UInt64) {
        let side: Side = seed % 2 == 0 ? .left : .right
        let world = Self.world(seed: seed)
        #expect(world.connectDirectly(), "\(world.report)")
        world.pair.open(from: side, bytes: 4_000_000)
        world.pair.drive(for: .milliseconds(Int64(300 + 100 * seed)))

        world.cutDirect()
        // What was in flight arrives first.
        world.pair.drive(for: .milliseconds(150))
        let before = world.pair.ledger.bytesRead
        let isBack = world.pair.drive(for: .milliseconds(1_000)) {
            world.pair.ledger.bytesRead > before + 20_000
        }
        let isRead = world.pair.driveUntilRead(from: side, within: .seconds(30))

        #expect(isBack, "\(world.report)")
        #expect(isRead, "\(world.report)")
        #expect(world.areRelayed)
        #expect(world.connection(side)?.statistics.silences == 0)
        #expect(world.pair.violations.isEmpty, "\(world.pair.violations)")
    }

    @Test("a direct path of which one direction dies is left as well", arguments: Side.allCases)
    func halfDead(side: Side) {
        let world = Self.world(seed: 3)
        #expect(world.connectDirectly(), "\(world.report)")
        world.pair.open(from: .left, bytes: 4_000_000)
        world.pair.drive(for: .milliseconds(300))

        world.pair.setBlackout(true, from: side)
        world.pair.drive(for: .milliseconds(150))
        let before = world.pair.ledger.bytesRead
        let isBack = world.pair.drive(for: .milliseconds(1_500)) {
            world.pair.ledger.bytesRead > before + 20_000
        }

        #expect(isBack, "\(world.report)")
        #expect(world.pair.driveUntilRead(from: .left, within: .seconds(30)))
    }

    @Test("the direct path is taken again when it is back")
    func directAgain() {
        let world = Self.world(seed: 4)
        #expect(world.connectDirectly())
        world.pair.open(from: .left, bytes: 200_000)
        world.cutDirect()
        #expect(world.pair.drive(for: .seconds(3)) { world.areRelayed }, "\(world.report)")

        world.cutDirect(false)
        #expect(world.pair.drive(for: .seconds(15)) { world.areDirect }, "\(world.report)")
    }

    @Test("a path that comes and goes is taken ever less often")
    func flapping() {
        let world = Self.world(seed: 5)
        #expect(world.connectDirectly())
        let before = world.connection(.left)?.statistics.pathChanges ?? 0

        for _ in 0..<60 {
            world.pair.open(from: .left, bytes: 20_000)
            world.cutDirect()
            world.pair.drive(for: .seconds(2))
            world.cutDirect(false)
            world.pair.drive(for: .seconds(2))
        }
        world.pair.drive(for: .seconds(70))

        let changes = (world.connection(.left)?.statistics.pathChanges ?? 0) - before
        #expect(changes < 20, "\(changes)")
        #expect(world.areDirect, "\(world.report)")
        #expect(world.pair.isRead(from: .left), "\(world.report)")
    }

    @Test("a relay that dies while the direct path is in use is not noticed")
    func relayDiesUnused() {
        let world = Self.world(seed: 6)
        #expect(world.connectDirectly())
        world.pair.open(from: .left, bytes: 3_000_000)

        world.relay.isAlive = false
        let isRead = world.pair.driveUntilRead(from: .left, within: .seconds(30))
        world.pair.drive(for: .seconds(60))

        #expect(isRead, "\(world.report)")
        #expect(world.areDirect)
        #expect(world.connection(.left)?.statistics.silences == 0)
    }

    @Test("the relay stays warm while the direct path is in use")
    func warmRelay() {
        let world = Self.world(seed: 7)
        #expect(world.connectDirectly())

        world.pair.drive(for: .seconds(600))

        for side in Side.allCases {
            let reports = world.connection(side)?.probeReports(now: world.pair.network.now) ?? []
            let relay = reports.first { $0.address == world.link(of: side) }
            #expect(relay?.state == .ready, "\(world.report)")
        }
        #expect(world.relay.bytesCarried < 600 / 15 * 4 * 1_200 + 60_000)
    }

    @Test("when the only way, a relay, dies, flows wait for another relay")
    func secondRelay() {
        let world = MeetingWorld(seed: 8, .symmetricRandom, .symmetricRandom)
        world.meet()
        #expect(world.pair.drive(for: .seconds(3)) { world.areEstablished })
        world.pair.open(from: .left, bytes: 3_000_000)
        world.pair.drive(for: .milliseconds(200))

        world.relay.isAlive = false
        world.pair.drive(for: .seconds(20))
        let second = Side.allCases.map { side in
            LinkAddress(.relay, number: UInt32(side.rawValue + 10)).socketAddress
        }
        world.pair.network.add(
            SimulatedRelay(
                .init(host: world.pair.host(.left), address: second[0]),
                .init(host: world.pair.host(.right), address: second[1]),
                conditions: .delay(.milliseconds(30))))
        let before = world.pair.ledger.bytesRead
        for side in Side.allCases {
            world.connection(side)?.removeAddress(world.link(of: side), now: world.pair.network.now)
            world.connection(side)?.addAddress(second[side.rawValue], now: world.pair.network.now)
        }
        let isBack = world.pair.drive(for: .seconds(3)) {
            world.pair.ledger.bytesRead > before + 20_000
        }

        #expect(isBack, "\(world.report)")
        #expect(world.pair.driveUntilRead(from: .left, within: .seconds(30)), "\(world.report)")
        #expect(world.pair.violations.isEmpty, "\(world.pair.violations)")
    }
}
