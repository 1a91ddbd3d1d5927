import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

@Suite struct RelayedLinkTests {
    private func send(
        _ datagrams: [[UInt8]], over link: any DatagramLink, _ world: RelayWorld
    ) -> SendResult {
        let storage = ByteStorage(datagrams.flatMap(\.self))
        return link.send(
            storage, 0..<storage.count, segmentSize: datagrams[0].count, now: world.loop.now)
    }

    @Test("datagrams pass the middle in both directions, a run as a run")
    func bothWays() throws {
        let world = try RelayWorld()
        let route = world.makeRoute()
        world.deliver()
        let near = try #require(route.address.flatMap { world.askerNetwork.links[$0] })
        let (farAddress, far) = try #require(world.targetNetwork.links.first)
        let up = [[UInt8](repeating: 1, count: 1000), [UInt8](repeating: 2, count: 9)]
        let down: [[UInt8]] = [[3, 3]]

        #expect(send(up, over: near, world) == .sent)
        #expect(send(down, over: far, world) == .sent)
        world.deliver()

        #expect(world.changes == ["up"])
        #expect(world.targetNetwork.received.map(\.datagram) == up)
        #expect(world.targetNetwork.received.allSatisfy { $0.address == farAddress })
        #expect(world.askerNetwork.received.map(\.datagram) == down)
        #expect(PathKind(farAddress.socketAddress) == .relay)
    }

    @Test("what every path must carry passes where frames are too small for it")
    func narrow() throws {
        let world = try RelayWorld()
        let route = world.makeRoute()
        world.deliver()
        for pair in world.pairs { pair.datagramLimit = 1100 }
        let link = try #require(route.address.flatMap { world.askerNetwork.links[$0] })
        let smallest = [UInt8](repeating: 5, count: 1200)

        #expect(send([smallest], over: link, world) == .sent)
        #expect(send([smallest + [1]], over: link, world) == .tooBig)
        world.deliver()

        #expect(world.targetNetwork.received.map(\.datagram) == [smallest])
    }

    @Test("a middle that relays for nobody says so, and tells nothing of its peers")
    func forbidden() throws {
        let world = try RelayWorld()
        world.isPermitted = false
        world.isReachable = false

        let route = world.makeRoute()
        world.deliver()

        #expect(world.changes == ["not permitted"])
        #expect(route.address == nil && world.askerNetwork.links.isEmpty)
    }

    @Test("a target that is not reached is refused")
    func unreachable() throws {
        let world = try RelayWorld()
        world.isReachable = false

        let route = world.makeRoute()
        world.deliver()

        #expect(world.changes == ["host unreachable"])
        #expect(route.address == nil)
    }

    @Test("when the asker goes, the target's end goes too")
    func closed() throws {
        let world = try RelayWorld()
        let route = world.makeRoute()
        world.deliver()
        let address = try #require(world.targetNetwork.links.keys.first)

        route.close()
        world.deliver()

        #expect(world.targetNetwork.links.isEmpty && world.askerNetwork.links.isEmpty)
        #expect(world.endedAddresses == [address])
        #expect(world.pairs.allSatisfy { $0.openStreams == 0 })
    }

    @Test("when the session with the target dies, the asker's end goes, and the way is asked again")
    func lost() throws {
        let world = try RelayWorld()
        let route = world.makeRoute()
        world.deliver()

        world.sessions[1][0].carrierLost()
        world.deliver()

        #expect(world.changes == ["up", "down"])
        #expect(route.address == nil)
    }

    @Test("a route gets another link in each session")
    func nextSession() throws {
        let world = try RelayWorld()
        let route = world.makeRoute()
        world.deliver()
        let first = try #require(route.address)

        route.attach(nil)
        route.attach(world.sessions[0][0])
        world.deliver()

        #expect(route.address != nil && route.address != first)
    }

    @Test("a peer opens only so many ways to us")
    func bound() throws {
        let world = try RelayWorld()
        let routes = (0...RelayedLinks.servedLimit).map { _ in world.makeRoute() }
        withExtendedLifetime(routes) {
            world.deliver()

            #expect(world.targetNetwork.links.count == RelayedLinks.servedLimit)
            #expect(world.changes.last == "too many requests")
        }
    }
}
