import TestSupport
import Testing

@testable import SRMUDP

@Suite("ProbeResponder")
struct ProbeResponderTests {
    private static let now = Instant(nanoseconds: 0)
    private static let source = SocketAddress.simulated(host: 1)
    private static let probe = ProbeRequest(
        transaction: ProbeTransaction([UInt8](1...12)[...]))
    private static let toOtherPort = ProbeRequest(
        transaction: probe.transaction, wantsOtherPort: true)

    private final class Server {
        var responder: ProbeResponder

        init(otherPort: UInt16? = 7_071) throws {
            responder = ProbeResponder(
                key: try #require(PublicKey([UInt8](0..<32))), mainPort: 7_070,
                otherPort: otherPort, now: now)
        }

        func answer(
            _ datagram: [UInt8], from source: SocketAddress = source,
            at port: ProbeResponder.Port = .main, now: Instant = now
        ) -> ProbeResponder.Answer? {
            responder.answer(datagram, from: source, at: port, now: now)
        }
    }

    @Test("a probe is answered with where it came from, and the port that was not asked")
    func probe() throws {
        let server = try Server()

        let main = try #require(server.answer(Self.probe.encoded))
        let other = try #require(server.answer(Self.probe.encoded, at: .other))

        #expect(main.port == .main && other.port == .other)
        #expect(
            ProbeAnswer(main.datagram)
                == ProbeAnswer(
                    transaction: Self.probe.transaction, observed: Self.source, otherPort: 7_071))
        #expect(ProbeAnswer(other.datagram)?.otherPort == 7_070)
    }

    @Test("the answer leaves from the other port where that was asked for")
    func otherPort() throws {
        let server = try Server()

        #expect(server.answer(Self.toOtherPort.encoded)?.port == .other)
        #expect(server.answer(Self.toOtherPort.encoded, at: .other)?.port == .main)
        let single = try Server(otherPort: nil)
        #expect(single.answer(Self.toOtherPort.encoded) == nil)
        #expect(
            ProbeAnswer(try #require(single.answer(Self.probe.encoded)).datagram)?
                .otherPort == nil)
    }

    @Test("the key is told, also to who comes by a WebSocket; a link is no observed address")
    func key() throws {
        let server = try Server()
        let link = LinkAddress(.webSocket, number: 1).socketAddress

        let answer = try #require(server.answer(KeyRequest(nonce: 5).encoded, from: link))

        #expect(KeyAnswer(answer.datagram)?.nonce == 5)
        #expect(KeyAnswer(answer.datagram)?.key == PublicKey([UInt8](0..<32)))
        #expect(server.answer(Self.probe.encoded, from: link) == nil)
    }

    @Test("no answer is longer than its request, and nothing else is answered")
    func lengths() throws {
        let server = try Server()
        let requests = [
            Self.probe.encoded, Self.toOtherPort.encoded, KeyRequest(nonce: 1).encoded,
        ]
        for request in requests {
            #expect(server.answer(request)?.datagram.count == request.count)
            #expect(server.answer(Array(request.dropLast())) == nil)
            #expect(server.answer(request + [0]) == nil)
        }
        let answers = try requests.map { try #require(server.answer($0)).datagram }
        for answer in answers { #expect(server.answer(answer) == nil) }

        #expect(server.responder.statistics.ignored == 9)
        #expect(server.responder.statistics.probesAnswered == 4)
        #expect(server.responder.statistics.keysTold == 2)
    }

    @Test("a source gets twenty answers at once and a second, all of them 500 and 5,000")
    func limits() throws {
        let server = try Server()
        func count(_ sources: Range<UInt16>, times: Int, at time: Instant) -> Int {
            (0..<times).reduce(0) { sum, _ in
                sources.reduce(sum) { sum, host in
                    let source = SocketAddress.simulated(host: host)
                    return sum
                        + (server.answer(
                            Self.probe.encoded, from: source, now: time) == nil ? 0 : 1)
                }
            }
        }

        #expect(count(0..<1, times: 100, at: Self.now) == 20)
        #expect(count(0..<1, times: 100, at: Self.now + .milliseconds(500)) == 10)
        #expect(count(10..<1_010, times: 1, at: Self.now + .milliseconds(500)) == 490)
        #expect(server.responder.statistics.limited == 80 + 90 + 510)
    }
}
