import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite("PortMapper by UPnP")
struct PortMapperByUPnPTests {
    typealias Scene = PortMapperScene

    private static let grant = UPnPAnswer.mapped(Scene.external, lifetime: .seconds(7200))

    /// A scene in which the last request by UPnP was answered like this.
    private static func scene(_ answer: UPnPAnswer = grant) -> Scene {
        let scene = Scene(preferring: .upnp)
        scene.mapper.start(now: scene.now)
        _ = scene.requests()
        scene.answer(byUPnP: answer)
        return scene
    }

    // MARK: Asking

    @Test("it comes last, and asks for our own port before others")
    func order() throws {
        let scene = Scene()

        scene.mapper.start(now: scene.now)
        scene.advance { $0 == .asking(.upnp, attempt: 1) }

        guard case .map(let ports, .seconds(7200))? = scene.requests().first else {
            Issue.record("nothing was asked")
            return
        }
        #expect(ports.first == 5555)
        #expect(Set(ports).count == 4)
        scene.answer(byUPnP: Self.grant)
        let mapping = try #require(scene.mapping)
        #expect(mapping.dialect == .upnp)
        #expect(mapping.candidate == Candidate(.portMapped, Scene.external))
        #expect(scene.events() == [.mapped(mapping)])
    }

    @Test("where there is no library that is said, whatever is tried after it")
    func noLibrary() {
        let scene = Self.scene(.failed(.noLibrary))

        #expect(scene.mapper.state == .asking(.pcp, attempt: 1))
        scene.advance { if case .resting = $0 { true } else { false } }

        #expect(scene.events() == [.failed(.noLibrary)])
        #expect(PortMappingFailure.noLibrary.description.contains("neither PCP nor NAT-PMP"))
    }

    @Test("a conversation that never ends is given up")
    func patience() {
        let scene = Scene()

        scene.mapper.start(now: scene.now)
        scene.advance { if case .resting = $0 { true } else { false } }

        #expect(scene.events() == [.failed(.noAnswer)])
        #expect(scene.now - Scene.start < .seconds(60))
        scene.answer(byUPnP: Self.grant)
        #expect(scene.mapping == nil)
    }

    @Test(
        "an address that the internet does not reach is told, not used",
        arguments: [0x0a00_0001, 0x6440_0001, 0xc0a8_0101] as [UInt32])
    func behindAnotherNAT(address: UInt32) {
        let scene = Scene()
        scene.mapper.start(now: scene.now)
        scene.advance { $0 == .asking(.upnp, attempt: 1) }
        _ = scene.requests()

        let external = SocketAddress(IPAddress(ipv4: address), port: 5555)
        scene.answer(byUPnP: .mapped(external, lifetime: .seconds(7200)))

        #expect(scene.requests() == [.remove])
        #expect(scene.events() == [.failed(.behindAnotherNAT(external.ip))])
    }

    // MARK: Keeping

    @Test("more time is asked for every ten minutes, and the same port")
    func renewal() throws {
        let scene = Self.scene()
        let start = scene.now

        scene.advance { if case .renewing = $0 { true } else { false } }

        #expect(scene.now - start >= .seconds(600))
        #expect(scene.now - start <= .seconds(750))
        guard case .map(let ports, _)? = scene.requests().first else {
            Issue.record("nothing was asked")
            return
        }
        #expect(ports.first == Scene.external.port)
        scene.answer(byUPnP: Self.grant)
        #expect(scene.mapping?.expiry == scene.now + .seconds(7200))
        #expect(scene.events().count == 1)
    }

    @Test("a router that does not answer any more keeps the mapping until it has run out")
    func silence() {
        let scene = Self.scene()
        let start = scene.now
        _ = scene.events()

        while scene.mapping != nil, scene.now - start < .seconds(20_000) {
            scene.advanceToTimeout()
            if !scene.requests().isEmpty { scene.answer(byUPnP: .failed(.noAnswer)) }
        }

        #expect(scene.now - start >= .seconds(7200))
        #expect(scene.now - start < .seconds(7300))
        guard case .lost(_, .expired)? = scene.events().first else {
            Issue.record("the loss was not told")
            return
        }
    }

    @Test("a router that came behind another NAT meanwhile loses the mapping at once")
    func moved() {
        let scene = Self.scene()
        scene.advance { if case .renewing = $0 { true } else { false } }
        _ = (scene.requests(), scene.events())
        let address = IPAddress(ipv4: 0x6440_0001)

        scene.answer(byUPnP: .failed(.behindAnotherNAT(address)))

        #expect(scene.requests().first == .remove)
        guard case .lost(_, .behindAnotherNAT(address))? = scene.events().first else {
            Issue.record("the loss was not told")
            return
        }
    }

    // MARK: Giving back

    @Test("what is released is removed, and that is confirmed or not", arguments: [true, false])
    func release(isConfirmed: Bool) {
        let scene = Self.scene()
        _ = scene.events()

        scene.mapper.release(now: scene.now)

        #expect(scene.requests() == [.remove])
        scene.answer(byUPnP: isConfirmed ? .removed : .failed(.refused(.other(714))))
        #expect(scene.events() == [.released(isConfirmed: isConfirmed)])
        #expect(scene.mapper.nextTimeout == nil)
    }

    @Test("a removal that nobody confirms ends within two seconds")
    func silentRelease() {
        let scene = Self.scene()
        _ = scene.events()
        let start = scene.now

        scene.mapper.release(now: scene.now)
        while scene.mapper.nextTimeout != nil { scene.advanceToTimeout() }

        #expect(scene.events() == [.released(isConfirmed: false)])
        #expect(scene.now - start == .seconds(2))
        #expect(scene.requests() == [.remove])
    }

    @Test("what is granted after the release is removed as well")
    func releaseWhileAsking() {
        let scene = Scene(preferring: .upnp)
        scene.mapper.start(now: scene.now)
        _ = scene.requests()

        scene.mapper.release(now: scene.now)
        scene.answer(byUPnP: Self.grant)

        #expect(scene.requests() == [.remove])
        scene.answer(byUPnP: .removed)
        #expect(scene.events() == [.released(isConfirmed: true)])
    }
}
