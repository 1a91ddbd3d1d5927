import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite("PortMapper")
struct PortMapperTests {
    typealias Scene = PortMapperScene

    // MARK: Asking

    @Test("PCP is asked first, and what it grants is the candidate")
    func pcp() throws {
        let scene = Scene()

        scene.mapper.start(now: scene.now)
        let request = try #require(scene.transmits().first)
        scene.answer(scene.pcpGrant(to: request))

        #expect(request.count == 60)
        let mapping = try #require(scene.mapping)
        #expect(mapping.candidate == Candidate(.portMapped, Scene.external))
        #expect(mapping.dialect == .pcp)
        #expect(mapping.expiry == scene.now + .seconds(3600))
        #expect(scene.events() == [.mapped(mapping)])
    }

    @Test("silence is asked three times in one protocol, once in the other, and again after a rest")
    func silence() {
        let scene = Scene()
        let start = scene.now

        scene.mapper.start(now: scene.now)
        var sent: [(Int, UInt8, Int)] = scene.transmits().map { (0, $0[0], $0.count) }
        while case .asking = scene.mapper.state {
            scene.advanceToTimeout()
            let time = Int((scene.now - start).milliseconds)
            sent += scene.transmits().map { (time, $0[0], $0.count) }
        }

        #expect(sent.map(\.0) == [0, 250, 750, 1750, 1750])
        #expect(sent.map(\.1) == [2, 2, 2, 0, 0])
        #expect(sent.map(\.2) == [60, 60, 60, 2, 12])
        #expect(scene.events() == [.failed(.noAnswer)])
        #expect(scene.mapper.nextTimeout == scene.now + PortMapper.restAfterSilence)
        scene.advanceToTimeout()
        #expect(scene.mapper.state == .asking(.pcp, attempt: 1))
        scene.advanceToTimeout()
        #expect(scene.mapper.state == .asking(.pcp, attempt: 2))
    }

    @Test("UPnP is asked 2.25 s after silence, and NAT-PMP three times where PCP was refused")
    func order() {
        let silent = Scene()
        let start = silent.now
        silent.mapper.start(now: silent.now)
        silent.advance { $0 == .asking(.upnp, attempt: 1) }
        #expect(silent.now - start == .milliseconds(2250))

        let old = Scene()
        old.mapper.start(now: old.now)
        old.answer(bytes("00810001 00000001"))
        for _ in 0..<2 { old.advanceToTimeout() }
        #expect(old.mapper.state == .asking(.natPMP, attempt: 3))
    }

    @Test("a gateway that speaks NAT-PMP alone is asked that at once")
    func fallBack() throws {
        let scene = Scene()

        scene.mapper.start(now: scene.now)
        _ = scene.transmits()
        scene.answer(bytes("00810001 00000001"))

        #expect(scene.transmits().map(\.count) == [2, 12])
        scene.answer(Scene.natPMPGrant)
        #expect(scene.mapping == nil)
        scene.answer(Scene.natPMPAddress)
        let mapping = try #require(scene.mapping)
        #expect(mapping.external == Scene.external)
        #expect(mapping.dialect == .natPMP)
        #expect(scene.events() == [.mapped(mapping)])
    }

    @Test("what spoke NAT-PMP the last time is asked that first, and PCP after it")
    func preferred() {
        let scene = Scene(preferring: .natPMP)

        scene.mapper.start(now: scene.now)
        #expect(scene.mapper.state == .asking(.natPMP, attempt: 1))
        for _ in 0..<3 { scene.advanceToTimeout() }
        #expect(scene.mapper.state == .asking(.pcp, attempt: 1))
        scene.advanceToTimeout()
        #expect(scene.mapper.state == .asking(.upnp, attempt: 1))
        scene.advanceToTimeout()

        #expect(scene.events() == [.failed(.noAnswer)])
    }

    @Test("a gateway of another version of PCP is asked NAT-PMP")
    func otherVersion() {
        let scene = Scene()

        scene.mapper.start(now: scene.now)
        scene.answer(bytes("01810001 00000000"))

        #expect(scene.mapper.state == .asking(.natPMP, attempt: 1))
    }

    @Test("of NAT-PMP only what is missing is asked again")
    func missingPart() {
        let scene = Scene()

        scene.mapper.start(now: scene.now)
        scene.answer(bytes("00810001 00000001"))
        scene.answer(Scene.natPMPAddress)
        _ = scene.transmits()
        scene.advanceToTimeout()

        #expect(scene.transmits().map(\.count) == [12])
    }

    @Test("for IPv6 there is PCP alone")
    func ipv6() {
        let host = IPAddress(high: 0x2001_0db8_0000_0000, low: 7)
        let scene = Scene(gateway: IPAddress(high: 0xfe80_0000_0000_0000, low: 1), client: host)

        scene.mapper.start(now: scene.now)
        while case .asking = scene.mapper.state { scene.advanceToTimeout() }

        #expect(scene.transmits().allSatisfy { $0[0] == 2 && Array($0[8..<24]) == host.bytes })
        #expect(scene.mapper.state == .resting(.noAnswer))
    }

    @Test(
        "a refusal is a sentence, and its time is respected within bounds",
        arguments: [(2, 0, 60), (8, 300, 300), (10, 1_000_000, 3600), (99, 61, 61)])
    func refusal(code: UInt8, lifetime: UInt32, rest: Int64) throws {
        let scene = Scene()

        scene.mapper.start(now: scene.now)
        let request = try #require(scene.transmits().first)
        scene.answer(scene.pcpGrant(to: request, result: code, lifetime: lifetime))

        let failure = PortMappingFailure.refused(PortMappingRefusal(pcp: code))
        #expect(scene.events() == [.failed(failure)])
        #expect(failure.description.hasPrefix("it ") || failure.description.hasPrefix("this "))
        #expect(scene.mapper.nextTimeout == scene.now + .seconds(rest))
    }

    @Test(
        "what a private address is mapped to is given back",
        arguments: [
            0x0a00_0001, 0x6440_0102, 0xc0a8_0002, 0x7f00_0001, 0xa9fe_0001, 0xe000_0001, 0,
        ])
    func behindAnotherNAT(outer: UInt32) throws {
        let scene = Scene()
        let external = SocketAddress(IPAddress(ipv4: outer), port: 5555)

        scene.mapper.start(now: scene.now)
        let request = try #require(scene.transmits().first)
        scene.answer(scene.pcpGrant(to: request, external: external))

        #expect(scene.events() == [.failed(.behindAnotherNAT(external.ip))])
        let removal = try #require(scene.transmits().first)
        #expect(Array(removal[4..<8]) == [0, 0, 0, 0])
        #expect(scene.mapping == nil)
    }

    // MARK: Distrust

    @Test("answers from elsewhere, or to somebody else, change nothing")
    func foreignAnswers() throws {
        let scene = Scene()
        scene.mapper.start(now: scene.now)
        let request = try #require(scene.transmits().first)
        let grant = scene.pcpGrant(to: request)
        let state = scene.mapper.state

        scene.answer(grant, from: SocketAddress(Scene.gateway, port: 5350))
        scene.answer(grant, from: SocketAddress(Scene.client, port: 5351))
        for place in [24, 35, 36, 40, 41] {
            var altered = grant
            altered[place] ^= 1
            scene.answer(altered)
        }
        // Neither a port nor a time.
        scene.answer(
            scene.pcpGrant(to: request, external: SocketAddress(Scene.external.ip, port: 0)))
        scene.answer(scene.pcpGrant(to: request, lifetime: 0))

        #expect(scene.mapper.state == state)
        #expect(scene.events().isEmpty)
    }

    @Test("random answers neither stop the process nor map anything")
    func randomAnswers() {
        for seed in UInt64(1)...200 {
            let random = SeededRandomSource(seed: seed)
            let scene = Scene()
            scene.mapper.start(now: scene.now)
            for _ in 0..<50 {
                var answer = random.bytes(count: Int(random.next(below: 80)))
                if let first = answer.indices.first { answer[first] &= 2 }
                scene.answer(answer)
                scene.now += .milliseconds(Int64(random.next(below: 2000)))
                scene.mapper.handleTimeout(now: scene.now)
            }
            #expect(scene.mapping?.dialect != .pcp, "seed \(seed)")
            #expect(scene.transmits().count < 200, "seed \(seed)")
        }
    }

    // MARK: Keeping

    @Test("at half its life a mapping is renewed with the same nonce and port")
    func renewal() throws {
        let scene = Scene()
        let request = try scene.map()

        scene.advance(to: { if case .renewing = $0 { true } else { false } })

        let elapsed = (scene.now - Scene.start).seconds
        #expect(elapsed >= 1800 && elapsed <= 2250)
        let renewal = try #require(scene.transmits().last)
        #expect(Array(renewal[24..<36]) == Array(request[24..<36]))
        #expect(Array(renewal[42..<60]) == bytes("15b3") + Scene.external.ip.bytes)
        scene.answer(scene.pcpGrant(to: renewal, epoch: 1000 + UInt32(elapsed)))
        #expect(scene.mapping?.expiry == scene.now + .seconds(3600))
        #expect(scene.events().isEmpty)
    }

    @Test("a mapping that is not renewed is asked for until it has expired, and then anew")
    func expiry() throws {
        let scene = Scene()
        try scene.map()
        let mapping = try #require(scene.mapping)

        scene.advance(to: { if case .asking = $0 { true } else { false } })

        #expect(scene.now >= mapping.expiry && scene.now < mapping.expiry + .seconds(3))
        #expect(scene.events() == [.lost(mapping, .expired)])
        let count = scene.transmits().filter { $0.count == 60 }.count
        #expect(count > 9 && count < 50)
    }

    @Test("a refused renewal does not end the mapping before its time")
    func refusedRenewal() throws {
        let scene = Scene()
        try scene.map()
        scene.advance(to: { if case .renewing = $0 { true } else { false } })
        let renewal = try #require(scene.transmits().last)

        scene.answer(scene.pcpGrant(to: renewal, result: 8, epoch: 2900))

        #expect(scene.mapping != nil)
        #expect(scene.events().isEmpty)
    }

    @Test("a gateway that has started anew is asked again at once, and may give another port")
    func restart() throws {
        let scene = Scene()
        try scene.map()
        scene.advanceToTimeout()
        #expect(scene.transmits().map(\.count) == [24])

        scene.answer(bytes("02800000 00000000 00000005 00000000 00000000 00000000"))

        let request = try #require(scene.transmits().first)
        let other = SocketAddress(Scene.external.ip, port: 6666)
        scene.answer(scene.pcpGrant(to: request, external: other, epoch: 5))
        #expect(scene.mapping?.external == other)
        #expect(scene.events().count == 1)
    }

    @Test("an epoch that goes on is no reason to ask")
    func noRestart() throws {
        let scene = Scene()
        try scene.map()
        scene.advanceToTimeout()
        _ = scene.transmits()

        scene.answer(bytes("02800000 00000000 00000460 00000000 00000000 00000000"))

        #expect(scene.transmits().isEmpty)
        #expect(scene.mapping != nil)
    }

    @Test("with NAT-PMP another outer address is noticed")
    func otherAddress() throws {
        let scene = Scene()
        scene.mapper.start(now: scene.now)
        scene.answer(bytes("00810001 00000001"))
        scene.answer(Scene.natPMPAddress)
        scene.answer(Scene.natPMPGrant)
        _ = (scene.transmits(), scene.events())
        scene.advanceToTimeout()
        #expect(scene.transmits() == [[0, 0]])

        scene.answer(bytes("00800000 00000460 2d430277"))
        scene.answer(bytes("00800000 00000460 2d430277"))
        scene.answer(bytes("00810000 00000460 15b315b3 00000e10"))

        #expect(scene.mapping?.external.description == "45.67.2.119:5555")
        #expect(scene.events().count == 1)
    }

    // MARK: Giving back

    @Test("a released mapping is removed by its nonce, and the gateway confirms it")
    func release() throws {
        let scene = Scene()
        let request = try scene.map()

        scene.mapper.release(now: scene.now)

        let removal = try #require(scene.transmits().first)
        #expect(Array(removal[4..<8]) == [0, 0, 0, 0])
        #expect(Array(removal[24..<42]) == Array(request[24..<42]))
        #expect(removal[42..<54].allSatisfy { $0 == 0 })
        scene.answer(scene.pcpGrant(to: removal, lifetime: 0))
        #expect(scene.events() == [.released(isConfirmed: true)])
        #expect(scene.mapper.nextTimeout == nil)
    }

    @Test("with NAT-PMP it is removed by its port")
    func releaseNATPMP() throws {
        let scene = Scene()
        scene.mapper.start(now: scene.now)
        scene.answer(bytes("00810001 00000001"))
        scene.answer(Scene.natPMPAddress)
        scene.answer(Scene.natPMPGrant)
        _ = (scene.transmits(), scene.events())

        scene.mapper.release(now: scene.now)

        #expect(scene.transmits() == [bytes("00010000 15b30000 00000000")])
        scene.answer(bytes("00810000 000003e8 15b30000 00000000"))
        #expect(scene.events() == [.released(isConfirmed: true)])
    }

    @Test("a release that nobody confirms ends within a second")
    func silentRelease() throws {
        let scene = Scene()
        try scene.map()
        let start = scene.now

        scene.mapper.release(now: scene.now)
        while scene.mapper.nextTimeout != nil { scene.advanceToTimeout() }

        #expect(scene.events() == [.released(isConfirmed: false)])
        #expect(scene.now - start <= .seconds(1))
        #expect(scene.transmits().count == 2)
    }

    @Test("what may have been granted meanwhile is removed as well")
    func releaseWhileAsking() {
        let scene = Scene()
        scene.mapper.start(now: scene.now)
        _ = scene.transmits()

        scene.mapper.release(now: scene.now)

        #expect(scene.transmits().map { Array($0[4..<8]) } == [[0, 0, 0, 0]])
        #expect(scene.events() == [.released(isConfirmed: false)])
    }
}
