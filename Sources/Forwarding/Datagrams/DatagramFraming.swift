import SRMUDP

/// The two ways in which a datagram of a flow travels.
///
/// In a DATAGRAM frame, at most once and in any order:
///
///     stream ID, varint | payload
///
/// and in the flow's stream, behind request or reply, whole and in order:
///
///     length 2 | payload
///
/// The opener uses the stream until the reply has come, because a frame could overtake the request
/// there and would belong to nobody; from then on both sides use it for what does not fit into a
/// frame. Payloads may be empty.
package enum DatagramFraming {
    /// The longest payload: what UDP over IPv4 can carry.
    package static let payloadLimit = 65_507
    static let lengthSize = 2

    /// The content of a DATAGRAM frame.
    static func frame(_ stream: StreamID, _ payload: ArraySlice<UInt8>) -> [UInt8] {
        var writer = ByteWriter(capacity: ByteWriter.varintLength(stream.value) + payload.count)
        writer.writeVarint(stream.value)
        writer.write(payload.span.bytes)
        return writer.array()
    }

    /// Reads what `frame` wrote; nil for bytes that are none.
    package static func parse(
        _ bytes: [UInt8]
    ) -> (stream: StreamID, payload: ArraySlice<UInt8>)? {
        var reader = ByteReader(bytes.span.bytes)
        guard let value = try? reader.readVarint() else { return nil }
        return (StreamID(value), bytes[reader.offset...])
    }

    /// A payload as it stands in the stream; it has at most `payloadLimit` bytes.
    package static func record(_ payload: ArraySlice<UInt8>) -> [UInt8] {
        precondition(payload.count <= payloadLimit, "no datagram is that long")
        let length = UInt16(payload.count)
        return [UInt8(length >> 8), UInt8(length & 0xff)] + payload
    }
}

/// Cuts the bytes of a stream into the datagrams that `DatagramFraming.record` put there.
package struct DatagramRecordReader {
    package enum Failure: Error, Equatable {
        /// A length above `DatagramFraming.payloadLimit`.
        case tooLong(Int)
    }

    private var bytes: [UInt8] = []
    private var position = 0

    package init() {}

    /// Whether a datagram has begun that is not complete.
    package var isAmidRecord: Bool { position < bytes.count }

    /// Adds what arrived; `next` is to be called until it returns nil before more is added.
    package mutating func append(_ more: [UInt8]) {
        bytes.removeFirst(position)
        position = 0
        bytes += more
    }

    /// The next datagram, nil when it is not complete yet.
    package mutating func next() throws(Failure) -> ArraySlice<UInt8>? {
        let start = position + DatagramFraming.lengthSize
        guard bytes.count >= start else { return nil }
        let length = Int(bytes[position]) << 8 | Int(bytes[position + 1])
        guard length <= DatagramFraming.payloadLimit else { throw .tooLong(length) }
        guard bytes.count - start >= length else { return nil }
        position = start + length
        return bytes[start..<position]
    }
}
