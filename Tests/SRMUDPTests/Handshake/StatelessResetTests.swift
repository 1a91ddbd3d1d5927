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
            #expect([UInt8](bytes.suffix(16)) == reset.token(for: identifier))
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
}
