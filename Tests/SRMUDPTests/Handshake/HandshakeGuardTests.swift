import TestSupport
import Testing

@testable import SRMUDP

@Suite struct HandshakeGuardTests {
    private let fixture = HandshakeFixture(seed: 3)
    private let now = HandshakeFixture.now
    private let address = HandshakeFixture.address

    @Test("a good initiation is admitted", arguments: HandshakePattern.all)
    func good(pattern: HandshakePattern) {
        let gate = fixture.makeGate()
        let initiation = fixture.makeInitiator(pattern).initiation

        #expect(gate.admit(initiation, source: address, now: now) == .process)
    }

    @Test("what is not an initiation is dropped without an answer")
    func junk() {
        let gate = fixture.makeGate()
        let initiation = fixture.makeInitiator(.ikpsk2).initiation

        for length in [0, 1, 12, 1199] {
            let cut = [UInt8](initiation.prefix(length))
            #expect(gate.admit(cut, source: address, now: now) == .drop(.length))
        }
        #expect(gate.admit(initiation + [0], source: address, now: now) == .drop(.length))
        for kind in UInt8.min...UInt8.max where kind != 0xf1 {
            let datagram = [kind] + initiation.dropFirst()
            #expect(gate.admit(datagram, source: address, now: now) == .drop(.kind))
        }
        let large = [UInt8](repeating: 0, count: 65_507)
        #expect(gate.admit(large, source: address, now: now) == .drop(.kind))
        let random = fixture.random.bytes(count: 1200)
        #expect(gate.admit(random, source: address, now: now) != .process)
    }

    @Test("pattern and reserved byte are checked, then mac1 over everything before it")
    func header() {
        let gate = fixture.makeGate()
        let initiation = fixture.makeInitiator(.ikpsk2).initiation
        func changed(_ index: Int, to byte: UInt8) -> [UInt8] {
            var datagram = initiation
            datagram[index] = byte
            return datagram
        }

        #expect(gate.admit(changed(2, to: 2), source: address, now: now) == .drop(.pattern))
        #expect(gate.admit(changed(3, to: 1), source: address, now: now) == .drop(.reserved))
        #expect(gate.admit(changed(2, to: 1), source: address, now: now) == .drop(.mac1))
        for index in 4..<HandshakeFormat.mac2Offset {
            let forged = changed(index, to: initiation[index] ^ 0x40)
            #expect(gate.admit(forged, source: address, now: now) == .drop(.mac1))
        }
        #expect(gate.admit(initiation, source: address, now: now) == .process)
    }

    @Test("keys can be replaced while the guard stands")
    func newKeys() {
        let gate = fixture.makeGate()
        let initiation = fixture.makeInitiator(.ikpsk2).initiation

        gate.use(ResponderKeys(localStatic: fixture.initiatorStatic))
        #expect(gate.admit(initiation, source: address, now: now) == .drop(.mac1))
        gate.use(fixture.responderKeys)
        #expect(gate.admit(initiation, source: address, now: now) == .process)
    }

    @Test("an initiation replayed from a thousand addresses passes 32 times a second")
    func replay() {
        let gate = fixture.makeGate()
        let initiation = fixture.makeInitiator(.ikpsk2).initiation

        let admissions = (0..<1000).map { number in
            gate.admit(initiation, source: ipv4(number, port: 1), now: now)
        }

        #expect(admissions.count { $0 == .process } == HandshakeGuard.loadThreshold)
        #expect(admissions.compactMap(reply).allSatisfy { $0.count == CookieMessage.length })
    }

    @Test("without keys every pattern fails at mac1", arguments: HandshakePattern.all)
    func noKeys(pattern: HandshakePattern) {
        let gate = Gate(
            HandshakeGuard(
                keys: ResponderKeys(localStatic: nil), random: fixture.random, now: now))
        let initiation = fixture.makeInitiator(pattern).initiation

        #expect(gate.admit(initiation, source: address, now: now) == .drop(.mac1))
    }

    @Test("another version gets a short list of ours, ten times a second")
    func version() {
        let gate = fixture.makeGate()
        var initiation = fixture.makeInitiator(.ikpsk2).initiation
        initiation[1] = 2
        let expected = VersionMessage.make(answering: initiation)

        for _ in 0..<10 {
            #expect(gate.admit(initiation, source: address, now: now) == .reply(expected))
        }
        #expect(gate.admit(initiation, source: address, now: now) == .drop(.version))
        let later = now + .seconds(1)
        #expect(gate.admit(initiation, source: address, now: later) == .reply(expected))
        let short = [UInt8](initiation.prefix(1199))
        #expect(gate.admit(short, source: address, now: later) == .drop(.length))
        #expect(expected.count < initiation.count)
    }

    @Test("one source gets five at once and then twenty a second")
    func rate() {
        let gate = fixture.makeGate()
        let initiation = fixture.makeInitiator(.ikpsk2).initiation
        func admit(_ milliseconds: Int64) -> HandshakeGuard.Admission {
            gate.admit(initiation, source: address, now: now + .milliseconds(milliseconds))
        }

        for _ in 0..<5 { #expect(admit(0) == .process) }
        #expect(admit(0) == .drop(.rate))
        #expect(admit(49) == .drop(.rate))
        #expect(admit(50) == .process)
        #expect(admit(51) == .drop(.rate))
        #expect(admit(100) == .process)
        for _ in 0..<5 { #expect(admit(2000) == .process) }
        #expect(admit(2000) == .drop(.rate))
    }

    @Test("the limit counts an IPv6 /64 as one and every IPv4 address by itself")
    func sources() {
        let limiter = Limiter()
        func ipv6(_ prefix: UInt8, _ host: UInt8) -> [UInt8] {
            [0x20, 0x01, 0, 0, 0, 0, 0, prefix] + [UInt8](repeating: host, count: 10)
        }
        for host in UInt8(0)..<5 { #expect(limiter.admit(ipv6(1, host), now: now)) }
        #expect(!limiter.admit(ipv6(1, 200), now: now))
        #expect(limiter.admit(ipv6(2, 200), now: now))

        for port in UInt8(0)..<5 { #expect(limiter.admit(ipv4(1, port: port), now: now)) }
        #expect(!limiter.admit(ipv4(1, port: 9), now: now))
        #expect(limiter.admit(ipv4(2, port: 9), now: now))
    }

    @Test("the table of sources is bounded and empties itself")
    func bound() {
        let limiter = Limiter()
        for number in 0..<40_000 {
            #expect(limiter.admit(ipv4(number, port: 1), now: now))
            #expect(limiter.count <= SourceLimiter.capacity)
        }
        #expect(limiter.count == SourceLimiter.capacity)

        // Two old sources go for each new one.
        for number in 0..<20_000 {
            _ = limiter.admit(ipv4(number % 10, port: 1), now: now + .seconds(2))
        }

        #expect(limiter.count == 10)
    }

    @Test("under load only a cookie opens the door, and only from the same address")
    func cookies() throws {
        let gate = loadedGate(at: now)
        let initiator = fixture.makeInitiator(.ikpsk2)

        let admission = gate.admit(initiator.initiation, source: address, now: now)
        let cookie = try #require(reply(admission))
        #expect(cookie.count == 68)
        #expect(initiator.handleCookie(cookie))
        #expect(gate.admit(initiator.initiation, source: address, now: now) == .process)
        #expect(reply(gate.admit(initiator.initiation, source: ipv4(7, port: 7), now: now)) != nil)
        var otherPort = address
        otherPort[17] ^= 1
        #expect(reply(gate.admit(initiator.initiation, source: otherPort, now: now)) != nil)
    }

    @Test("without load no cookie is asked for, and an old load is forgotten after a second")
    func loadEnds() {
        let gate = loadedGate(at: now)
        let initiation = fixture.makeInitiator(.nnpsk0).initiation

        #expect(reply(gate.admit(initiation, source: address, now: now)) != nil)
        let later = now + .milliseconds(999)
        #expect(reply(gate.admit(initiation, source: address, now: later)) != nil)
        #expect(gate.admit(initiation, source: address, now: now + .seconds(1)) == .process)
    }

    @Test("a cookie lives as long as its secret and five seconds")
    func cookieAge() throws {
        for (made, used, isGood) in [(0, 119, true), (119, 124, true), (119, 125, false)] {
            var secret = CookieSecret(random: fixture.random, now: now)
            let initiator = fixture.makeInitiator(.ikpsk2)
            let cookie = CookieMessage.make(
                answering: initiator.initiation,
                cookie: secret.cookie(for: address, now: now + .seconds(Int64(made))),
                identity: fixture.responderMAC(.ikpsk2).identity, random: fixture.random)
            #expect(initiator.handleCookie(cookie))

            let isValid = secret.isValid(
                initiator.initiation, source: address, now: now + .seconds(Int64(used)))

            #expect(isValid == isGood, "made after \(made) s, used after \(used) s")
        }
    }

    @Test("a secret that is replaced while in use keeps the old cookies for five seconds")
    func cookieOverlap() {
        var secret = CookieSecret(random: fixture.random, now: now)
        var initiation = fixture.makeInitiator(.ikpsk2).initiation
        let cookie = secret.cookie(for: address, now: now)
        let authenticated = initiation[..<HandshakeFormat.mac2Offset]
        initiation = authenticated + HandshakeMAC.mac2(cookie: cookie, over: authenticated)

        let next = secret.cookie(for: address, now: now + .seconds(120))
        let isValidAtFirst = secret.isValid(
            initiation, source: address, now: now + .seconds(124))
        let isValidLater = secret.isValid(initiation, source: address, now: now + .seconds(125))

        #expect(next != cookie)
        #expect(isValidAtFirst)
        #expect(!isValidLater)
    }

    /// A guard that has just admitted as many initiations as it does without asking for cookies.
    private func loadedGate(at now: Instant) -> Gate {
        let gate = fixture.makeGate()
        let initiation = fixture.makeInitiator(.ikpsk2).initiation
        for number in 0..<HandshakeGuard.loadThreshold {
            let source = ipv4(1000 + number, port: 1)
            #expect(gate.admit(initiation, source: source, now: now) == .process)
        }
        return gate
    }

    private func reply(_ admission: HandshakeGuard.Admission) -> [UInt8]? {
        guard case .reply(let datagram) = admission else { return nil }
        return datagram
    }

    private func ipv4(_ number: Int, port: UInt8) -> [UInt8] {
        let address = [UInt8(10), 0, 0, 0].enumerated().map { index, byte in
            index == 0 ? byte : UInt8(truncatingIfNeeded: number >> (8 * (3 - index)))
        }
        return [UInt8](repeating: 0, count: 10) + [0xff, 0xff] + address + [0, port]
    }
}

/// Holds a limiter where expectations can call it.
private final class Limiter {
    private var limiter = SourceLimiter()

    var count: Int { limiter.count }

    func admit(_ source: [UInt8], now: Instant) -> Bool { limiter.admit(source, now: now) }
}
