import TestSupport
import Testing

@testable import SRMUDP

/// Seeded attacks on the whole handshake: whatever arrives, nothing stops, nothing false is
/// accepted,
/// and the genuine message still works afterwards.
@Suite struct HandshakeMutationTests {
    private let seed: UInt64 = 2026

    @Test("ten thousand mutated datagrams leave no trace", arguments: HandshakePattern.all)
    func mutations(pattern: HandshakePattern) throws {
        print("handshake mutations \(pattern): seed \(seed)")
        let fixture = HandshakeFixture(seed: seed)
        let gate = fixture.makeGate()
        let random = fixture.random
        let initiator = fixture.makeInitiator(pattern)
        let initiation = initiator.initiation
        let (response, _) = try #require(fixture.respond(to: initiation))
        let cookie = CookieMessage.make(
            answering: initiation, cookie: random.bytes(count: 16),
            identity: fixture.responderMAC(pattern).identity, random: random)

        for round in 0..<10_000 {
            let source = random.bytes(count: 18)
            // So far apart that neither limits nor load come into it.
            let now = HandshakeFixture.now + .seconds(Int64(round))
            let template = [initiation, response, cookie][Int(random.next(below: 3))]
            var datagram = mutate(template, random)
            if random.next(below: 2) == 0 { datagram = reseal(datagram, pattern, fixture) }
            if datagram == template { continue }

            let admission = gate.admit(datagram, source: source, now: now)
            if admission == .process {
                // Only bytes behind mac1, which mean nothing without load, may differ.
                let handshake = ResponderHandshake.open(datagram, keys: fixture.responderKeys)
                let isUnchanged = datagram.prefix(1168) == initiation.prefix(1168)
                #expect((handshake != nil) == isUnchanged, "round \(round)")
            }
            if case .reply(let answer) = admission { #expect(answer.count < datagram.count) }
            #expect(initiator.handleResponse(datagram) == nil, "round \(round)")
            #expect(!initiator.handleCookie(datagram), "round \(round)")
        }

        #expect(initiator.initiation == initiation)
        #expect(initiator.handleCookie(cookie))
        #expect(initiator.handleResponse(response) != nil)
    }

    /// One to four changes: flipped bits, bytes overwritten, cut, prolonged, spliced.
    private func mutate(_ template: [UInt8], _ random: SeededRandomSource) -> [UInt8] {
        var bytes = template
        for _ in 0...random.next(below: 4) {
            let position = Int(random.next(below: UInt64(max(1, bytes.count))))
            switch random.next(below: 10) {
            case 0: bytes.removeLast(min(bytes.count, 1 + Int(random.next(below: 40))))
            case 1: bytes += random.bytes(count: 1 + Int(random.next(below: 40)))
            case 2: bytes.replaceSubrange(position..., with: random.bytes(count: 16))
            case 3...5 where !bytes.isEmpty: bytes[position] = UInt8(random.next(below: 256))
            default: if !bytes.isEmpty { bytes[position] ^= 1 << UInt8(random.next(below: 8)) }
            }
        }
        return bytes
    }

    private func reseal(
        _ datagram: [UInt8], _ pattern: HandshakePattern, _ fixture: HandshakeFixture
    ) -> [UInt8] {
        switch datagram.count {
        case 1200: fixture.resealed(datagram, pattern)
        case 17...1199: fixture.resealed(response: datagram, pattern)
        default: datagram
        }
    }
}
