import SRMUDP
import TestSupport
import Testing

@testable import Control

/// With sockets on loopback: the gateway is one of our own, at an address of its own.
@Suite("PortMappings", .serialized)
struct PortMappingsTests {
    private static let gateway = Gateway(
        address: IPAddress(ipv4: 0x7f00_004d), client: .loopbackIPv4)

    @Test("a granted port becomes a candidate, and is given back at the end")
    func life() throws {
        let scene = try Scene(gateways: [Self.gateway])

        scene.mappings.start()
        try scene.runUntil { !scene.told.isEmpty }

        let candidate = Candidate(.portMapped, PortMapperScene.external)
        #expect(scene.told == [[candidate]])
        #expect(scene.mappings.candidates == [candidate])
        #expect(scene.mappings.descriptions.first?.contains("45.67.2.2:5555") == true)
        scene.mappings.release { scene.isReleased = true }
        try scene.runUntil { scene.isReleased }
        #expect(scene.router.lifetimes == [7200, 0])
        #expect(scene.mappings.candidates.isEmpty)
    }

    @Test("a router that is gone takes its candidate with it")
    func goneRouter() throws {
        let scene = try Scene(gateways: [Self.gateway])
        scene.mappings.start()
        try scene.runUntil { !scene.told.isEmpty }

        scene.gateways = []
        scene.mappings.refresh()

        #expect(scene.told.last?.isEmpty == true)
        #expect(scene.mappings.descriptions.isEmpty)
    }

    @Test("without routers there is nothing to release")
    func noRouters() throws {
        let scene = try Scene(gateways: [])
        scene.mappings.start()

        scene.mappings.release { scene.isReleased = true }

        #expect(scene.isReleased)
        #expect(scene.told.isEmpty)
    }

    @Test("an address of this machine that is no longer there is no reason to fail")
    func missingAddress() throws {
        // Reserved (RFC 1112 section 4): no machine has it.
        let absent = Gateway(
            address: IPAddress(ipv4: 0xf000_0001), client: IPAddress(ipv4: 0xf000_0002))
        let scene = try Scene(gateways: [absent])

        scene.mappings.start()

        #expect(scene.mappings.descriptions.isEmpty)
    }

    /// The mappings of one node, with the loop and the router that they are given.
    private final class Scene {
        let loop: EventLoop
        let router: ToyRouter
        var gateways: [Gateway]
        var told: [[Candidate]] = []
        var isReleased = false
        private(set) var mappings: PortMappings!

        init(gateways: [Gateway]) throws {
            self.gateways = gateways
            loop = try EventLoop()
            router = try ToyRouter(address: PortMappingsTests.gateway.address, loop: loop)
            mappings = PortMappings(
                of: SocketAddress(.anyIPv4, port: 5555), loop: loop,
                random: SeededRandomSource(seed: 1), logger: .silent,
                gateways: { [unowned self] in self.gateways },
                onChange: { [unowned self] in told.append($0) })
        }

        deinit { router.close() }

        /// Runs some turns, more than it takes.
        func runUntil(_ isReached: () -> Bool) throws {
            for _ in 0..<100 where !isReached() {
                try loop.runTurn(waitingAtMost: .milliseconds(50))
            }
            #expect(isReached())
        }
    }

    /// Grants every wish by PCP.
    private final class ToyRouter: EventHandler {
        /// Of the requests that came, in seconds.
        private(set) var lifetimes: [UInt32] = []
        private let socket: UDPSocket
        private let loop: EventLoop
        private let answers = PortMapperScene()
        private var incoming = ReceiveBatch(slotCount: 1)

        init(address: IPAddress, loop: EventLoop) throws {
            self.loop = loop
            socket = try UDPSocket(
                bindingTo: SocketAddress(address, port: PortMapper.gatewayPort))
            try loop.register(socket.fileDescriptor, for: .readable, handler: self)
        }

        func close() { loop.unregister(socket.fileDescriptor) }

        func ready(_ readiness: Readiness, now: Instant) {
            while let count = try? socket.receive(into: &incoming), count > 0 {
                let request = incoming.storage.array(incoming[0].range)
                let lifetime = request[4..<8].reduce(0) { $0 << 8 | UInt32($1) }
                lifetimes.append(lifetime)
                let answer = answers.pcpGrant(to: request, lifetime: lifetime)
                _ = socket.send(
                    ByteStorage(answer), 0..<answer.count, segmentSize: answer.count,
                    to: incoming[0].source)
            }
        }
    }
}
