import TestSupport
import Testing

@testable import SRMUDP

/// A server with two ports and a client, on loopback.
@Suite("ProbeServer and ProbeClient")
struct ProbeServerTests {
    private final class World {
        let loop: EventLoop
        let server: DriverNode
        let client: DriverNode
        let probeServer: ProbeServer
        let probeClient: ProbeClient

        init(hasOtherPort: Bool = true) throws {
            loop = try EventLoop()
            server = try DriverNode(loop: loop, seed: 1)
            client = try DriverNode(loop: loop, seed: 2)
            let otherSocket =
                hasOtherPort
                ? try UDPSocket(bindingTo: SocketAddress(.loopbackIPv4, port: 0)) : nil
            probeServer = try ProbeServer(
                driver: server.driver, otherSocket: otherSocket, loop: loop)
            probeClient = ProbeClient(
                driver: client.driver, loop: loop, random: SeededRandomSource(seed: 3))
        }

        deinit {
            probeClient.stop()
            probeServer.stop()
        }

        var options: NetworkProbe.Options {
            var options = NetworkProbe.Options(
                server: server.driver.localAddress, localPort: client.driver.localAddress.port)
            options.localAddresses = [.loopbackIPv4]
            return options
        }
    }

    @Test("both ports answer, and the report is made")
    func examine() throws {
        let world = try World()
        var options = world.options
        options.tests = .filtering
        var report: NetworkReport?

        #expect(world.probeClient.examine(options) { report = $0 })
        #expect(try world.loop.runTurns { report != nil })

        #expect(report?.observed == world.client.driver.localAddress)
        #expect(report?.mapping == NetworkReport.Mapping.none)
        #expect(report?.filtering == .portIndependent)
        #expect(report?.otherPort == world.probeServer.otherPort)
        #expect(world.probeServer.statistics.probesAnswered == 3)
    }

    @Test("a server tells its key")
    func key() throws {
        let world = try World(hasOtherPort: false)
        var key: PublicKey?

        #expect(
            world.probeClient.askKey(of: world.server.driver.localAddress) { key = $0 })
        #expect(try world.loop.runTurns { key != nil })

        #expect(key == world.server.endpoint.publicKey)
    }

    @Test("inquiries are bounded, and may be started and stopped by a completion")
    func bound() throws {
        let world = try World()
        var count = 0

        for index in 0...ProbeClient.limit {
            let isStarted = world.probeClient.askKey(of: world.server.driver.localAddress) { _ in
                count += 1
                _ = world.probeClient.examine(world.options) { _ in count += 100 }
                if count == 3 { world.probeClient.stop() }
            }
            #expect(isStarted == (index < ProbeClient.limit))
        }
        for _ in 0..<50 { try world.loop.runTurn(waitingAtMost: .milliseconds(1)) }

        #expect(count == 3)
    }
}
