import SRMUDP
import TestSupport
import Testing

/// The cells of the matrix in which a port has to be found that nobody can tell.
@Suite("Hard NATs")
struct HardNATTests {
    private static let easy: [Surroundings] = [.portRestricted, .doubleNAT]

    @Test("a NAT that counts is found at once", arguments: easy, 0..<10 as Range<UInt64>)
    func counting(easy: Surroundings, seed: UInt64) throws {
        let world = MeetingWorld(seed: seed, easy, .symmetricSequential)
        world.meet(skew: .milliseconds(Int64(seed) * 20 - 100))
        #expect(!world.pair.drive(for: .seconds(3)) { world.areDirect })
        // Others behind the NAT take ports as well.
        for port in 0..<UInt16(seed * 5) {
            _ = world.pair.network.observedAddress(
                of: world.pair.host(.right), port: 40_000 + port, by: MeetingWorld.server)
        }

        let stage = try #require(world.openPorts(of: .right))
        let isDirect = world.pair.drive(for: .seconds(2)) { world.areDirect }

        #expect(stage.isCounting)
        #expect(isDirect, "\(world.report)")
        #expect(world.pair.violations.isEmpty, "\(world.pair.violations)")
    }

    @Test("one that takes ports by chance is found in most cases, and data goes there")
    func chance() throws {
        var direct = 0
        for seed in 0..<20 as Range<UInt64> {
            let world = MeetingWorld(
                seed: seed, Self.easy[Int(seed) % 2], .symmetricRandom)
            world.meet()
            #expect(!world.pair.drive(for: .seconds(3)) { world.areDirect })

            let stage = try #require(world.openPorts(of: .right))
            #expect(!stage.isCounting)
            let sent = world.pair.left.datagramsSent
            guard world.pair.drive(for: .seconds(12), until: { world.areDirect }) else { continue }
            direct += 1
            #expect(world.pair.left.datagramsSent - sent < 1_200)

            let relayed = world.relay.bytesCarried
            world.pair.open(from: .left, bytes: 500_000)
            world.pair.open(from: .right, bytes: 500_000)
            let isRead = world.pair.drive(for: .seconds(20)) {
                world.pair.isRead(from: .left) && world.pair.isRead(from: .right)
            }
            #expect(isRead && world.areDirect, "\(world.report)")
            #expect(world.relay.bytesCarried - relayed < 100_000)
            #expect(world.pair.violations.isEmpty, "\(world.pair.violations)")
        }

        #expect(direct >= 17, "\(direct) of 20")
    }

    @Test("without a budget nothing is guessed")
    func noBudget() throws {
        var options = Pair.Options()
        options.configuration.probing.probesPerRound = 0
        let world = MeetingWorld(
            seed: 1, .portRestricted, .symmetricSequential, options: options)
        world.meet()
        world.pair.drive(for: .seconds(3))
        let sent = world.pair.left.datagramsSent

        _ = try #require(world.openPorts(of: .right))
        world.pair.drive(for: .seconds(12))

        #expect(!world.areDirect && world.areEstablished)
        #expect(world.pair.left.datagramsSent - sent < 60)
        #expect(world.openPorts(of: .right, budget: 0) == nil)
    }

    @Test("who stands behind such a NAT too does not guess")
    func bothHard() throws {
        let world = MeetingWorld(seed: 1, .symmetricRandom, .symmetricRandom)
        world.meet()
        world.pair.drive(for: .seconds(8))
        world.connection(.left)?.mayGuessPorts = false
        let sent = world.pair.left.datagramsSent

        _ = try #require(world.openPorts(of: .right))
        world.pair.drive(for: .seconds(4))

        #expect(world.areRelayed)
        #expect(world.pair.left.datagramsSent - sent < 300)
    }

    @Test("a peer that asks for guesses again and again gets three thousand bytes")
    func abuse() {
        let world = MeetingWorld(seed: 3, .open, .open)
        world.cutDirect()
        world.meet()
        world.pair.drive(for: .seconds(3))
        let victim = IPAddress(ipv4: 0xc633_6499)
        world.pair.network.isCapturing = true

        for round in 0..<100 as Range<UInt16> {
            let hint = Candidate(.anyPort, SocketAddress(victim, port: 2_000 + round))
            world.connection(.right)?.setLocalCandidates([hint], now: world.pair.network.now)
            world.pair.network.flush(world.pair.host(.right))
            world.pair.drive(for: .seconds(15))
        }

        let guesses = world.pair.network.captured.filter { $0.destination.ip == victim }
        #expect(guesses.count == 3 * 1_024)
        #expect(guesses.allSatisfy { $0.bytes == [0] })
    }

    @Test(
        "no private network is searched on the word of a peer",
        arguments: ["192.168.1.7:2000", "127.0.0.1:2000", "169.254.169.254:2000"])
    func privateNetwork(text: String) throws {
        let world = MeetingWorld(seed: 3, .open, .open)
        world.cutDirect()
        world.meet()
        world.pair.drive(for: .seconds(3))
        let hint = try #require(SocketAddress(text))
        world.pair.network.isCapturing = true

        world.connection(.right)?.setLocalCandidates(
            [Candidate(.anyPort, hint)], now: world.pair.network.now)
        world.pair.drive(for: .seconds(15))

        #expect(world.pair.network.captured.allSatisfy { $0.destination.ip != hint.ip })
    }
}
