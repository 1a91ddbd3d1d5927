import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct MessageChannelTests {
    private let pair: ConnectionPair
    private let client: MessageChannel
    private let received = Received()

    /// The server's side of the first stream, and what came by it.
    private final class Received {
        var channel: MessageChannel?
        var messages: [[UInt8]] = []
        var failure: MessageChannel.Failure?
        var isReading = true
    }

    init() throws {
        var configuration = ConnectionConfiguration()
        configuration.streams.initialBacklog = 64 * 1024
        configuration.streams.maximumBacklog = 64 * 1024
        pair = ConnectionPair(configuration)
        let connection = try #require(pair.client.connection)
        client = try #require(MessageChannel.open(on: connection))
        let (pair, received) = (pair, received)
        pair.server.handle = { event in
            guard let connection = pair.server.connection else { return }
            if received.channel == nil, case .opened(let stream) = event {
                received.channel = MessageChannel(accepting: stream, on: connection)
            }
            guard let channel = received.channel, channel.stream == event.stream else {
                if case .opened(let stream) = event {
                    MessageChannel.refuse(stream, on: connection, now: pair.now)
                }
                return
            }
            guard received.isReading else { return }
            do throws(MessageChannel.Failure) {
                received.messages += try channel.handle(event, now: pair.now)
            } catch {
                received.failure = error
            }
        }
    }

    @Test("messages cross a connection whole and in order, both ways")
    func exchange() throws {
        let sent = (0..<100).map { number in
            [UInt8](repeating: UInt8(number & 0xff), count: 1 + number * 41)
        }
        var answers: [[UInt8]] = []
        let (pair, client) = (pair, client)
        pair.client.handle = { event in
            answers += (try? client.handle(event, now: pair.now)) ?? []
        }
        for message in sent { try client.send(message) }
        pair.run(for: .seconds(5))
        #expect(received.messages == sent)
        #expect(client.queuedByteCount == 0)

        let server = try #require(received.channel)
        try server.send([9, 8, 7])
        pair.run(for: .seconds(1))
        #expect(answers == [[9, 8, 7]])
    }

    @Test("what has no room waits and is sent when there is some")
    func backPressure() throws {
        let (pair, client) = (pair, client)
        pair.client.handle = { event in _ = try? client.handle(event, now: pair.now) }
        let message = [UInt8](repeating: 5, count: MessageLimits.message)
        for _ in 0..<70 { try client.send(message) }
        #expect(client.queuedByteCount > 0)

        pair.run(for: .seconds(5))

        #expect(client.queuedByteCount == 0)
        #expect(received.messages.count == 70)
    }

    @Test("whoever never reads is given up at 256 KiB")
    func neverReads() throws {
        // Row 71: what waits for a slow reader is bounded.
        received.isReading = false
        let message = [UInt8](repeating: 5, count: MessageLimits.message)
        var failure: MessageChannel.Failure?
        var count = 0
        while failure == nil, count < 1_000 {
            do throws(MessageChannel.Failure) {
                try client.send(message)
            } catch {
                failure = error
            }
            count += 1
            if count % 10 == 0 { pair.run(for: .milliseconds(200)) }
        }

        #expect(failure == .overflow)
        #expect(client.queuedByteCount < MessageChannel.queueLimit + 5_000)
        // The stream's backlog, the reader's window and our queue: less than a megabyte.
        #expect(count * message.count < 1 << 20)
    }

    @Test("a length that cannot be ends the channel")
    func nonsense() throws {
        let connection = try #require(pair.client.connection)
        let bytes: [UInt8] = [0, 1, 42, 0xff, 0xff, 1]
        _ = connection.withStreams { $0.write(client.stream, bytes.span.bytes) }

        pair.run(for: .seconds(1))

        #expect(received.failure == .invalidLength(0xffff))
    }

    @Test("an end behind the last message is told after it")
    func end() throws {
        try client.send([1])
        client.finish()
        pair.run(for: .seconds(1))

        #expect(received.messages == [[1]])
        #expect(received.channel?.hasEnded == true || received.failure == .ended)
        #expect(pair.client.events.contains { if case .finished = $0 { true } else { false } })
    }

    @Test("a reset ends the channel")
    func reset() throws {
        try client.send([1])
        pair.run(for: .seconds(1))
        let connection = try #require(pair.client.connection)
        connection.withStreams { $0.reset(client.stream, code: 7) }
        pair.run(for: .seconds(1))

        #expect(received.failure == .ended)
    }

    @Test("a second stream is refused, and the first one goes on")
    func secondStream() throws {
        try client.send([1])
        pair.run(for: .seconds(1))
        let connection = try #require(pair.client.connection)
        let second = try #require(MessageChannel.open(on: connection))
        try second.send([2])
        pair.run(for: .seconds(1))
        try client.send([3])
        pair.run(for: .seconds(1))

        #expect(received.messages == [[1], [3]])
        #expect(
            pair.client.events.contains { event in
                if case .stopped(second.stream, _) = event { true } else { false }
            })
    }
}
