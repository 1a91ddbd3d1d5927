import SRMUDP

/// Lets flows travel over an SRMUDP connection.
package final class ConnectionCarrier: StreamCarrier {
    private let connection: Connection
    private let loop: EventLoop

    package init(connection: Connection, loop: EventLoop) {
        self.connection = connection
        self.loop = loop
    }

    package func openStream() -> StreamID? { connection.openStream() }

    package func writableBytes(_ stream: StreamID) -> Int {
        connection.withStreams { $0.writable(stream) }
    }

    package func withFreeSpace(
        _ stream: StreamID, upTo limit: Int, _ body: (borrowing BlockList) -> Int
    ) -> Int {
        connection.withStreams { $0.withWritableBlocks(stream, upTo: limit, body) ?? 0 }
    }

    package func write(_ stream: StreamID, _ bytes: [UInt8]) {
        connection.withStreams { streams in
            let count = streams.write(stream, bytes.span.bytes)
            // Only the first bytes of a stream are written like this, and its buffer is empty then.
            precondition(
                count == bytes.count || streams.writable(stream) == 0, "the stream is not empty")
        }
    }

    package func finish(_ stream: StreamID) { connection.withStreams { $0.finish(stream) } }

    package func reset(_ stream: StreamID, code: UInt64) {
        connection.withStreams { $0.reset(stream, code: code) }
    }

    package func stopReading(_ stream: StreamID, code: UInt64) {
        connection.withStreams { $0.stopReading(stream, code: code, now: loop.now) }
    }

    package func sendDatagram(
        _ stream: StreamID, _ payload: ArraySlice<UInt8>
    ) -> DatagramSending {
        let frame = DatagramFraming.frame(stream, payload)
        guard frame.count <= connection.maximumDatagramPayload else { return .tooLong }
        return connection.sendDatagram(frame) ? .taken : .full
    }

    package func withReadable(
        _ stream: StreamID, _ body: (borrowing BlockList) -> Int
    ) -> StreamReadStatus {
        connection.withStreams { streams in
            var hasConsumed = false
            while true {
                var offered = 0
                let taken = streams.withReadableBlocks(stream) { blocks in
                    offered = blocks.byteCount
                    return body(blocks)
                }
                guard let taken else { break }
                streams.consume(stream, taken, now: loop.now)
                if taken < offered { return .hasMore }
                hasConsumed = true
            }
            switch streams.readingEnd(stream) {
            case .open: return .drained
            case .finished: return .finished
            case .reset: return .reset(code: 0)
            // With its last byte consumed a stream may be over and gone. If nothing was left to be
            // consumed, it may just as well have been reset, and the events that follow say which.
            case nil: return hasConsumed ? .finished : .drained
            }
        }
    }
}
