import TestSupport
import Testing

@testable import SRMUDP

@Suite("KeyQuery")
struct KeyQueryTests {
    private static let start = Instant(nanoseconds: 0)
    private static let server = SocketAddress.simulated(host: 9)

    private static func query() -> KeyQuery {
        KeyQuery(server: server, random: SeededRandomSource(seed: 1), now: start)
    }

    @Test("a server is asked five times within 3.1 seconds, then it is over")
    func repetition() {
        var query = Self.query()
        var times: [Int64] = []

        while let due = query.nextTimeout {
            while let (datagram, destination) = query.pollTransmit(now: due) {
                #expect(KeyRequest(datagram) != nil && destination == Self.server)
                times.append((due - Self.start).nanoseconds / 1_000_000)
            }
            if times.count == 5, query.nextTimeout != nil {
                #expect(query.nextTimeout == Self.start + .milliseconds(3_100))
            }
        }

        #expect(times == [0, 100, 300, 700, 1_500])
        #expect(query.key == nil)
    }

    @Test("only the server's answer to this question counts")
    func answer() throws {
        var query = Self.query()
        let key = try #require(PublicKey([UInt8](1...32)))
        let first = query.pollTransmit(now: Self.start)
        let sent = try #require(first)
        let nonce = try #require(KeyRequest(sent.datagram)).nonce
        let answer = KeyAnswer(nonce: nonce, key: key).encoded

        query.handle(answer, from: .simulated(host: 8), now: Self.start)
        query.handle(KeyAnswer(nonce: ~nonce, key: key).encoded, from: Self.server, now: Self.start)
        query.handle(Array(answer.dropLast()), from: Self.server, now: Self.start)
        query.handle(sent.datagram, from: Self.server, now: Self.start)
        #expect(query.key == nil && query.nextTimeout != nil)
        query.handle(answer, from: Self.server, now: Self.start)

        #expect(query.key == key && query.nextTimeout == nil)
        #expect(query.pollTransmit(now: Self.start + .seconds(1)) == nil)
        let other = try #require(PublicKey([UInt8](2...33)))
        query.handle(
            KeyAnswer(nonce: nonce, key: other).encoded, from: Self.server, now: Self.start)
        #expect(query.key == key)
    }
}
