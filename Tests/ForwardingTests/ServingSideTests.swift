import SRMUDP
import Testing

@testable import Forwarding

@Suite struct ServingSideTests {
    private let start = Instant(nanoseconds: 0)

    /// A serving side whose peer is played by the test through `client`.
    private final class Fixture {
        let pair = CarrierPair()
        let connector = HoldingConnector()
        let serving: ServingSide

        init(pending: Int = 256, waiting: Int = 4096) {
            var limits = ForwardingLimits()
            limits.pendingConnects = pending
            limits.waitingConnects = waiting
            serving = ServingSide(
                carrier: pair.sides[1], connector: connector, limits: limits,
                taken: { _, _, _ in }, refused: { _, _ in })
        }

        var client: PairedCarrier { pair.sides[0] }

        /// Opens a stream and says what is wanted of it.
        func open(_ bytes: [UInt8]) throws -> StreamID {
            let stream = try #require(client.openStream())
            client.write(stream, bytes)
            deliver()
            return stream
        }

        func deliver() {
            while let event = pair.nextEvent(1) {
                switch event {
                case .opened(let stream):
                    serving.streamOpened(stream, now: Instant(nanoseconds: 0))
                case .readable(let stream): serving.streamReadable(stream)
                case .reset(let stream, _), .stopped(let stream, _): serving.streamFailed(stream)
                case .closed(let stream): serving.streamClosed(stream)
                case .writable, .finished: break
                }
            }
        }

        /// What the client reads on `stream`.
        func reply(_ stream: StreamID) -> OpenReply.Status? {
            var bytes: [UInt8] = []
            _ = client.withReadable(stream) { blocks in
                bytes += blocks.array(count: blocks.byteCount)
                return blocks.byteCount
            }
            return bytes.first.flatMap(OpenReply.Status.init(rawValue:))
        }
    }

    private func request(_ host: String = "host") throws -> [UInt8] {
        try #require(OpenRequest(host: host, port: 80)).encoded
    }

    @Test("a request may arrive in any pieces, and what is behind it stays in the stream")
    func pieces() throws {
        let fixture = Fixture()
        let bytes = try request()
        let stream = try fixture.open(Array(bytes[..<3]))
        #expect(fixture.connector.attempts.isEmpty)

        fixture.client.write(stream, Array(bytes[3...]) + [1, 2, 3])
        fixture.deliver()

        #expect(fixture.connector.attempts.map(\.request.description) == ["host:80"])
        #expect(fixture.pair.bufferedBytes == 3)
    }

    @Test("a stream that does not begin with a request is refused", arguments: [[9], [1, 9], []])
    func badRequest(bytes: [UInt8]) throws {
        let fixture = Fixture()
        let stream = try fixture.open(bytes)
        fixture.client.finish(stream)
        fixture.deliver()

        #expect(fixture.reply(stream) == .badRequest)
        fixture.deliver()
        #expect(fixture.serving.isEmpty)
        #expect(fixture.pair.openStreams == 0)
    }

    @Test("no more connects run at a time than the cap; the rest waits in order, then is refused")
    func caps() throws {
        let fixture = Fixture(pending: 2, waiting: 2)
        var streams: [StreamID] = []
        for index in 0..<5 { streams.append(try fixture.open(try request("h\(index)"))) }
        #expect(fixture.connector.attempts.map(\.request.description) == ["h0:80", "h1:80"])
        #expect(fixture.reply(streams[4]) == .tooManyRequests)

        fixture.connector.attempts[1].decide(.refused(OpenReply(.timedOut)))
        #expect(fixture.reply(streams[1]) == .timedOut)
        #expect(
            fixture.connector.attempts.map(\.request.description)
                == ["h0:80", "h1:80", "h2:80"])

        fixture.client.reset(streams[3], code: 0)
        fixture.connector.attempts[0].decide(.refused(OpenReply(.refused)))
        fixture.deliver()
        #expect(fixture.connector.attempts.count == 3 || fixture.connector.attempts[3].isCancelled)
        #expect(fixture.serving.pendingConnects == 1)
    }

    @Test("an opener that gives up has its connect cancelled", arguments: [true, false])
    func cancellation(byReset: Bool) throws {
        let fixture = Fixture(pending: 1)
        let first = try fixture.open(try request())
        _ = try fixture.open(try request())

        if byReset {
            fixture.client.reset(first, code: 0)
        } else {
            fixture.client.stopReading(first, code: 0)
        }
        fixture.deliver()

        #expect(fixture.connector.attempts.count == 2)
        #expect(fixture.connector.attempts[0].isCancelled)
        #expect(fixture.serving.pendingConnects == 1)
    }

    @Test("streams that come and go do not fill the queue")
    func churn() throws {
        let fixture = Fixture(pending: 1, waiting: 8)
        _ = try fixture.open(try request())
        for _ in 0..<1_000 {
            let stream = try fixture.open(try request())
            fixture.client.reset(stream, code: 0)
            fixture.client.stopReading(stream, code: 0)
            fixture.deliver()
        }
        let last = try fixture.open(try request("last"))

        #expect(fixture.reply(last) == nil)
        fixture.connector.attempts[0].decide(.refused(OpenReply(.refused)))
        #expect(fixture.connector.attempts.last?.request.description == "last:80")
    }

    @Test("a stream that never says what it wants is given up")
    func silence() throws {
        let fixture = Fixture()
        let silent = try fixture.open([1])
        let spoken = try fixture.open(try request())
        let deadline = try #require(fixture.serving.nextDeadline)

        fixture.serving.giveUpOverdue(now: deadline - .nanoseconds(1))
        #expect(fixture.reply(silent) == nil)
        fixture.serving.giveUpOverdue(now: deadline)

        #expect(fixture.reply(silent) == .badRequest)
        #expect(fixture.reply(spoken) == nil)
        #expect(fixture.serving.nextDeadline == nil)
    }
}
