import SRMUDP
import TestSupport
import Testing

/// How a connection goes on after addresses have changed or everything was dark.
@Suite("Resuming")
struct ResumeTests {
    private static func resumes(
        _ world: MeetingWorld, within interval: Interval, from side: Side = .left
    ) -> Bool {
        let before = world.pair.ledger.bytesRead
        return world.pair.drive(for: interval) { world.pair.ledger.bytesRead > before + 20_000 }
    }

    private static func world(
        seed: UInt64, _ left: Surroundings = .portRestricted,
        _ right: Surroundings = .portRestricted
    ) -> MeetingWorld {
        var options = Pair.Options()
        options.conditions.rate = 1_000_000
        return MeetingWorld(seed: seed, left, right, options: options)
    }

    @Test("both addresses change at once: the relay carries on, and a direct path is found anew")
    func bothMove() {
        let world = Self.world(seed: 1)
        #expect(world.connectDirectly())
        world.pair.open(from: .left, bytes: 10_000_000)
        world.pair.drive(for: .milliseconds(300))

        for (index, nat) in world.nats.map({ $0[0] }).enumerated() {
            nat.reboot(publicIP: IPAddress(ipv4: 0xc633_6450 + UInt32(index)))
        }
        world.pair.drive(for: .milliseconds(100))
        #expect(Self.resumes(world, within: .seconds(3)), "\(world.report)")
        for side in Side.allCases {
            world.connection(side)?.setLocalCandidates(
                world.candidates(of: side), now: world.pair.network.now)
            world.connection(side)?.networkChanged(now: world.pair.network.now)
        }

        #expect(world.pair.driveUntilRead(from: .left, within: .seconds(60)), "\(world.report)")
        #expect(world.pair.violations.isEmpty, "\(world.pair.violations)")
    }

    @Test("a NAT that reboots amid a flow costs less than three seconds", arguments: 0..<2)
    func natReboots(index: Int) {
        let world = Self.world(seed: 2, .fullCone, .fullCone)
        world.meet(usesRelay: false)
        #expect(world.pair.drive(for: .seconds(3)) { world.areDirect })
        world.pair.open(from: .left, bytes: 4_000_000)
        world.pair.drive(for: .milliseconds(300))

        world.nats[index][0].reboot()
        world.pair.drive(for: .milliseconds(100))

        #expect(Self.resumes(world, within: .seconds(3)), "\(world.report)")
        #expect(world.pair.driveUntilRead(from: .left, within: .seconds(60)), "\(world.report)")
    }

    @Test("after ten dark minutes flows go on within five seconds", arguments: [false, true])
    func blackout(hasRelay: Bool) {
        let world = Self.world(seed: 3)
        #expect(world.connectDirectly())
        world.pair.open(from: .left, bytes: 4_000_000)
        world.pair.drive(for: .milliseconds(300))

        world.cutDirect()
        world.relay.isAlive = false
        world.pair.drive(for: .seconds(600))
        world.relay.isAlive = hasRelay
        world.cutDirect(false)

        #expect(Self.resumes(world, within: .seconds(5)), "\(world.report)")
        #expect(world.pair.driveUntilRead(from: .left, within: .seconds(60)), "\(world.report)")
        #expect(world.pair.left.closed.isEmpty && world.pair.right.closed.isEmpty)
    }

    @Test("a network that changes is told of at once, even by an idle side")
    func networkChanged() {
        let world = Self.world(seed: 4, .portRestricted, .open)
        #expect(world.connectDirectly())
        world.pair.drive(for: .seconds(7))

        world.nats[0][0].reboot(publicIP: IPAddress(ipv4: 0xc633_6455))
        world.connection(.left)?.networkChanged(now: world.pair.network.now)
        world.pair.network.flush(world.pair.host(.left))
        let isKnown = world.pair.drive(for: .seconds(1)) {
            world.connection(.right)?.currentPath?.remote.ip == IPAddress(ipv4: 0xc633_6455)
        }

        #expect(isKnown, "\(world.report)")
        #expect(world.connection(.left)?.statistics.silences == 0)
    }

    @Test("a NAT that forgets after twenty seconds keeps an idle connection")
    func shortTimeout() {
        let world = Self.world(seed: 5)
        for nat in world.nats.joined() { nat.behaviour.timeout = .seconds(20) }
        #expect(world.connectDirectly())

        world.pair.drive(for: .seconds(600))

        #expect(world.areDirect)
        #expect(world.connection(.left)?.statistics.silences == 0)
        #expect(world.connection(.left)?.statistics.pathChanges ?? 9 <= 3)
    }

    @Test("a direct path that becomes possible later is found")
    func laterDirect() {
        let world = Self.world(seed: 6)
        world.cutDirect()
        world.meet()
        world.pair.drive(for: .seconds(200))
        #expect(world.areRelayed)

        world.cutDirect(false)

        #expect(world.pair.drive(for: .seconds(130)) { world.areDirect }, "\(world.report)")
        let sent = world.connection(.left)?.probesSent ?? 0
        #expect((20...60).contains(sent), "\(sent)")
    }
}
