import Forwarding
import SRMUDP

/// The messages between a client and its rendezvous server, on the first stream that the client
/// opens.
///
/// The owner hands in the events of this stream, gets whole messages, and sends whole messages.
/// What the stream has no room for waits here, up to a bound: whoever never reads is not worth the
/// memory. After a failure the channel is of no use, and the connection should be closed.
package final class MessageChannel {
    package enum Failure: Error, Equatable {
        /// What arrives cannot be cut into messages.
        case invalidLength(Int)
        /// The other side ended the stream, which lives as long as the connection.
        case ended
        /// The other side does not read: more waits for it than may.
        case overflow
    }

    /// Bytes that may wait for room in the stream.
    package static let queueLimit = 256 * 1024

    package let stream: StreamID
    private let connection: Connection
    private var framing = MessageFraming()
    /// Whether the other side ended the stream behind the messages that were returned last.
    package private(set) var hasEnded = false
    /// What the stream has not taken yet.
    private var queue: [UInt8] = []

    /// The server's side: the client opened `stream`.
    package init(accepting stream: StreamID, on connection: Connection) {
        self.stream = stream
        self.connection = connection
    }

    /// The client's side, once the connection is established.
    /// - Returns: nil if no stream can be opened.
    package static func open(on connection: Connection) -> MessageChannel? {
        connection.openStream().map { MessageChannel(accepting: $0, on: connection) }
    }

    /// Turns down a stream besides the one that there is.
    package static func refuse(_ stream: StreamID, on connection: Connection, now: Instant) {
        connection.withStreams { streams in
            streams.reset(stream, code: FlowErrorCode.refused)
            streams.stopReading(stream, code: FlowErrorCode.refused, now: now)
        }
    }

    package var queuedByteCount: Int { queue.count }

    /// Sends one message: type and fields.
    package func send(_ message: [UInt8]) throws(Failure) {
        queue += MessageFraming.frame(message)
        flush()
        guard queue.count <= Self.queueLimit else { throw .overflow }
    }

    /// Ends our side behind what was sent; `StreamEvent.finished` tells when all has arrived.
    package func finish() {
        flush()
        connection.withStreams { $0.finish(stream) }
    }

    /// Takes an event of this stream.
    /// - Returns: the messages that are complete now, each as type and fields.
    package func handle(_ event: StreamEvent, now: Instant) throws(Failure) -> [[UInt8]] {
        switch event {
        case .opened, .readable: return try read(now: now)
        case .writable:
            flush()
            return []
        case .reset, .stopped, .finished, .closed: throw .ended
        }
    }

    private func flush() {
        guard !queue.isEmpty else { return }
        let bytes = queue
        let taken = connection.withStreams { $0.write(stream, bytes.span.bytes) }
        queue.removeFirst(taken)
    }

    private func read(now: Instant) throws(Failure) -> [[UInt8]] {
        var messages: [[UInt8]] = []
        while let bytes = takeReadable(now: now) {
            do throws(MessageFraming.Failure) {
                messages += try framing.receive(bytes)
            } catch {
                // What came before it is not worth much; the connection will be closed.
                switch error {
                case .invalidLength(let length): throw .invalidLength(length)
                }
            }
        }
        hasEnded = connection.withStreams { $0.readingEnd(stream) } != .open
        guard !hasEnded || !messages.isEmpty else { throw .ended }
        return messages
    }

    /// The next bytes that have arrived, some blocks of them; nil if there are none.
    private func takeReadable(now: Instant) -> [UInt8]? {
        connection.withStreams { streams in
            let bytes = streams.withReadableBlocks(stream) { $0.array(count: $0.byteCount) }
            if let bytes { streams.consume(stream, bytes.count, now: now) }
            return bytes
        }
    }
}
