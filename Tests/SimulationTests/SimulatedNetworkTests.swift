import SRMUDP
import TestSupport
import Testing

@Suite("SimulatedNetwork")
struct SimulatedNetworkTests {
    @Test("a perfect link delivers after its delay, in order")
    func perfectLink() {
        let world = ToyWorld(seed: 1, conditions: .delay(.milliseconds(7)))
        let start = world.network.now

        world.left.outgoing = [[1], [2], [3]]
        world.network.flush(world.leftHost)
        world.network.drive(for: .seconds(1))

        #expect(world.right.received.map(\.bytes) == [[1], [2], [3]])
        #expect(world.right.arrivals.allSatisfy { $0 - start == .milliseconds(7) })
        #expect(world.right.received.allSatisfy { $0.source == ToyWorld.leftAddress })
        #expect(world.network.now - start == .seconds(1))
    }

    @Test("the same seed gives the same run, another seed another")
    func reproducible() {
        func run(seed: UInt64) -> [[UInt8]] {
            let conditions = LinkConditions.random(using: SeededRandomSource(seed: 99))
            let world = ToyWorld(seed: seed, conditions: conditions)
            world.left.outgoing = (0..<200).map { [UInt8($0), 0, 0, 0] }
            world.network.flush(world.leftHost)
            world.network.drive(for: .seconds(10))
            return world.right.received.map(\.bytes)
        }

        #expect(run(seed: 5) == run(seed: 5))
        #expect(run(seed: 5) != run(seed: 6))
    }

    @Test("faults occur about as often as asked for")
    func faultRates() {
        var conditions = LinkConditions()
        conditions.loss = 0.3
        conditions.duplication = 0.5
        conditions.corruption = 0.1
        conditions.reordering = 0.2
        let world = ToyWorld(seed: 3, conditions: conditions)

        world.left.outgoing = (0..<4000).map { _ in [UInt8](repeating: 7, count: 100) }
        world.network.flush(world.leftHost)
        world.network.drive(for: .seconds(10))

        let statistics = world.network.statistics(from: world.leftHost, to: world.rightHost)
        #expect((1000...1400).contains(statistics.lost))
        #expect((1200...1600).contains(statistics.duplicated))
        #expect((300...550).contains(statistics.corrupted))
        #expect((600...1100).contains(statistics.reordered))
        #expect(statistics.delivered == world.right.received.count)
    }

    @Test("a bottleneck queues, then marks, then drops")
    func bottleneck() {
        var conditions = LinkConditions.delay(.zero)
        conditions.rate = 100_000
        conditions.queueLimit = 10_000
        conditions.marksCongestion = true
        let world = ToyWorld(seed: 4, conditions: conditions)
        let start = world.network.now

        world.left.ecn = 2
        world.left.outgoing = (0..<20).map { _ in [UInt8](repeating: 0, count: 1000) }
        world.network.flush(world.leftHost)
        world.network.drive(for: .seconds(1))

        #expect(world.right.received.count == 10)
        #expect(world.right.arrivals.last.map { $0 - start } == .milliseconds(100))
        #expect(world.right.received.filter { $0.ecn == 3 }.count == 4)
        let statistics = world.network.statistics(from: world.leftHost, to: world.rightHost)
        #expect(statistics.queueDrops == 10)
    }

    @Test("what exceeds the path's size vanishes, also after a change")
    func maximumDatagramSize() {
        let world = ToyWorld(seed: 5, conditions: LinkConditions())
        let large = [UInt8](repeating: 1, count: 1400)

        world.left.outgoing = [large]
        world.network.flush(world.leftHost)
        world.network.changeConditions(from: world.leftHost, to: world.rightHost) {
            $0.maximumDatagramSize = 1300
        }
        world.left.outgoing = [large, [2]]
        world.network.flush(world.leftHost)
        world.network.drive(for: .seconds(1))

        #expect(world.right.received.map(\.bytes) == [large, [2]])
    }

    @Test("a blackout may be one-way")
    func oneWayBlackout() {
        let world = ToyWorld(seed: 6, conditions: LinkConditions())
        world.network.changeConditions(from: world.leftHost, to: world.rightHost) {
            $0.isBlackout = true
        }

        world.left.outgoing = [[1]]
        world.right.outgoing = [[2]]
        world.network.flush(world.leftHost)
        world.network.flush(world.rightHost)
        world.network.drive(for: .seconds(1))

        #expect(world.right.received.isEmpty)
        #expect(world.left.received.map(\.bytes) == [[2]])
    }

    @Test("after a rebinding the old address is dead and the new one lives")
    func rebinding() {
        let world = ToyWorld(seed: 7, conditions: LinkConditions())
        let newAddress = SocketAddress.simulated(host: 77)

        world.network.rebind(world.leftHost, to: newAddress)
        world.right.outgoing = [[1]]
        world.network.flush(world.rightHost)
        world.left.outgoing = [[2]]
        world.network.flush(world.leftHost)
        world.network.drive(for: .seconds(1))

        #expect(world.left.received.isEmpty)
        #expect(world.right.received.map(\.source) == [newAddress])
    }

    @Test("a paused host handles nothing and finds its backlog later")
    func pausing() {
        let world = ToyWorld(seed: 8, conditions: LinkConditions())
        world.right.wakeAt = world.network.now + .seconds(1)

        world.network.pause(world.rightHost)
        world.left.outgoing = (0..<200).map { [UInt8($0)] }
        world.network.flush(world.leftHost)
        world.network.drive(for: .seconds(5))
        let handledWhilePaused = world.right.received.count + world.right.timeouts
        world.network.resume(world.rightHost)
        world.network.drive(for: .seconds(1))

        #expect(handledWhilePaused == 0)
        #expect(world.right.received.count == SimulatedNetwork.backlogLimit)
        #expect(world.right.timeouts == 1)
    }

    @Test("silent hours cost one step")
    func silence() {
        let world = ToyWorld(seed: 9, conditions: LinkConditions())
        world.left.wakeAt = world.network.now + .seconds(36_000)

        let happened = world.network.step()

        #expect(happened)
        #expect(world.left.timeouts == 1)
        #expect(world.network.nextEventTime == nil)
    }

    @Test("a host that wants a timeout at once for ever is reported")
    func spinning() {
        let world = ToyWorld(seed: 10, conditions: LinkConditions())
        world.left.wakeAt = world.network.now
        world.left.ignoresTimeouts = true

        world.network.drive(for: .seconds(1))

        #expect(world.network.violations.count == 1)
    }

    @Test("stop-and-wait delivers everything once, whatever the link does")
    func toyProtocol() {
        for seed in UInt64(0)..<50 {
            let conditions = LinkConditions.random(using: SeededRandomSource(seed: seed))
            let network = SimulatedNetwork(seed: seed, conditions: conditions)
            let sender = StopAndWait(destination: ToyWorld.rightAddress, count: 20)
            let receiver = StopAndWait(destination: ToyWorld.leftAddress, count: 0)
            _ = network.addHost(sender, address: ToyWorld.leftAddress)
            _ = network.addHost(receiver, address: ToyWorld.rightAddress)

            let finished = network.drive(for: .seconds(600)) { sender.next == 20 }

            #expect(finished, "seed \(seed): \(conditions)")
            #expect(receiver.received == Array(0..<20), "seed \(seed): \(conditions)")
        }
    }

    @Test("the ledger counts what each side sent to an address and got from it")
    func ledger() {
        let world = ToyWorld(seed: 11, conditions: LinkConditions())
        let stranger = SocketAddress.simulated(host: 666)

        world.network.inject(
            SimulatedDatagram(
                bytes: [1, 2, 3], source: stranger, destination: ToyWorld.rightAddress))
        world.right.outgoing = [[4]]
        world.network.drive(for: .seconds(1))

        let withStranger = world.network.traffic.between(world.rightHost, stranger)
        #expect(withStranger.bytesReceived == 3)
        #expect(withStranger.bytesSent == 0)
        let withLeft = world.network.traffic.between(world.rightHost, ToyWorld.leftAddress)
        #expect(withLeft.bytesSent == 1)
    }
}
