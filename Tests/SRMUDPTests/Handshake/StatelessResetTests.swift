import TestSupport
import Testing

@testable import SRMUDP

@Suite struct StatelessResetTests {
    private let pair = X25519.KeyPair.generate(from: SeededRandomSource(seed: 1))
    private let now = Instant(nanoseconds: 0)
    private let identifier = ConnectionID(rawValue: 0x0102_0304_0506_0708)

    @Test("the token survives a restart and belongs to one connection ID")
    func token() {
        let before = StatelessReset(
            staticKey: pair, random: SeededRandomSource(seed: 2), now: now)
        let after = StatelessReset(staticKey: pair, random: SeededRandomSource(seed: 3), now: now)

        #expect(before.token(for: identifier) == after.token(for: identifier))
        #expect(before.token(for: identifier).count == 16)
        #expect(
            before.token(for: identifier)
                != before.token(for: ConnectionID(rawValue: identifier.rawValue + 1)))
    }

    @Test("a reset is shorter than its trigger, and short triggers get none")
    func size() throws {
        for triggerLength in 0...1500 {
            var reset = StatelessReset(
                staticKey: pair, random: SeededRandomSource(seed: UInt64(triggerLength)), now: now)
            let datagram = reset.datagram(
                for: identifier, triggerLength: triggerLength, now: now)
            guard triggerLength >= 43 else {
                #expect(datagram == nil)
                continue
            }
            let bytes = try #require(datagram)
            #expect(bytes.count < triggerLength && (29...42).contains(bytes.count))
            #expect(bytes[0] == 0x80)
            #expect(isReset(bytes, reset.token(for: identifier)))
        }
    }

    @Test("ten resets a second")
    func rate() {
        var reset = StatelessReset(
            staticKey: pair, random: SeededRandomSource(seed: 2), now: now)

        let counts = [Int64(0), 500, 100_000].map { milliseconds in
            let now = now + .milliseconds(milliseconds)
            return (0..<50).count { _ in
                reset.datagram(for: identifier, triggerLength: 1200, now: now) != nil
            }
        }

        #expect(counts == [10, 5, 10])
    }

    @Test("a wrong token, or a datagram that is too short, is no reset")
    func forged() throws {
        var reset = StatelessReset(
            staticKey: pair, random: SeededRandomSource(seed: 2), now: now)
        let token = reset.token(for: identifier)
        let answer = reset.datagram(for: identifier, triggerLength: 100, now: now)
        let datagram = try #require(answer)

        for index in datagram.indices.suffix(16) {
            var forged = datagram
            forged[index] ^= 1
            #expect(!isReset(forged, token))
        }
        for length in 0..<29 {
            let short = [UInt8](datagram.suffix(length))
            #expect(!isReset(short, token))
        }
        #expect(!isReset(datagram, []))
    }

    private func isReset(_ datagram: [UInt8], _ token: [UInt8]) -> Bool {
        StatelessReset.isReset(datagram.span.bytes, token: token)
    }
}
