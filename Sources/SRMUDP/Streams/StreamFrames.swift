/// Frame types that concern streams, as in RFC 9000 section 19.
package enum StreamFrameType {
    package static let resetStream: UInt64 = 0x04
    package static let stopSending: UInt64 = 0x05
    /// STREAM is 0x08...0x0f; the low bits are those below.
    package static let stream: UInt64 = 0x08
    package static let finBit: UInt64 = 0x01
    package static let lengthBit: UInt64 = 0x02
    package static let offsetBit: UInt64 = 0x04
    package static let maxData: UInt64 = 0x10
    package static let maxStreamData: UInt64 = 0x11
    package static let maxStreams: UInt64 = 0x12

    /// The largest offset, size or limit: 2^62-1.
    static let largestValue: UInt64 = (1 << 62) - 1
}

/// STREAM: bytes of a stream, and perhaps its end (RFC 9000 section 19.8).
///
///     type 0x08...0x0f (varint) | stream ID (varint) | offset (varint, if OFF) |
///     length (varint, if LEN) | bytes (`length`, or up to the end of the packet)
package struct StreamFrame: Equatable, Sendable {
    package var id: StreamID
    package var offset: UInt64
    package var length: Int
    package var hasFin: Bool

    package init(id: StreamID, offset: UInt64, length: Int, hasFin: Bool) {
        self.id = id
        self.offset = offset
        self.length = length
        self.hasFin = hasFin
    }

    package var end: UInt64 { offset + UInt64(length) }

    /// Reads what follows the type, up to the bytes; `length` of them remain in `reader`.
    ///
    /// - Throws: `truncated`, or `invalidValue` if the frame ends beyond offset 2^62-1.
    package static func decode(
        type: UInt64, from reader: inout ByteReader
    ) throws(WireError) -> StreamFrame {
        let id = StreamID(try reader.readVarint())
        let offset = type & StreamFrameType.offsetBit != 0 ? try reader.readVarint() : 0
        var length = reader.remaining
        if type & StreamFrameType.lengthBit != 0 {
            let declared = try reader.readVarint()
            guard declared <= UInt64(reader.remaining) else { throw .truncated }
            length = Int(declared)
        }
        guard offset <= StreamFrameType.largestValue - UInt64(length) else {
            throw .invalidValue
        }
        let hasFin = type & StreamFrameType.finBit != 0
        return StreamFrame(id: id, offset: offset, length: length, hasFin: hasFin)
    }

    /// How many bytes type, ID and offset take.
    static func headerLength(id: StreamID, offset: UInt64) -> Int {
        let start = 1 + ByteWriter.varintLength(id.value)
        return offset == 0 ? start : start + ByteWriter.varintLength(offset)
    }

    /// How many of `available` bytes fit into a frame of `space` bytes, and whether the frame then
    /// has a length; without one it fills the space wholly. Nil if not even the header fits.
    static func fit(
        available: Int, id: StreamID, offset: UInt64, space: Int
    ) -> (count: Int, hasLength: Bool)? {
        let room = space - headerLength(id: id, offset: offset)
        if room > 0, available >= room { return (room, false) }
        let lengthField = ByteWriter.varintLength(UInt64(available))
        guard room >= lengthField else { return nil }
        return (min(available, room - lengthField), true)
    }

    /// Writes all but the bytes.
    func encodeHeader(hasLength: Bool, into writer: inout ByteWriter) {
        var type = StreamFrameType.stream
        if hasFin { type |= StreamFrameType.finBit }
        if hasLength { type |= StreamFrameType.lengthBit }
        if offset > 0 { type |= StreamFrameType.offsetBit }
        writer.writeVarint(type)
        writer.writeVarint(id.value)
        if offset > 0 { writer.writeVarint(offset) }
        if hasLength { writer.writeVarint(UInt64(length)) }
    }
}

/// RESET_STREAM: the sender gave the stream up (RFC 9000 section 19.4).
///
///     type 0x04 | stream ID | code | final size (all varints)
package struct ResetStreamFrame: Equatable, Sendable {
    package var id: StreamID
    package var code: UInt64
    /// How many bytes of the stream were sent, lost ones included.
    package var finalSize: UInt64

    package static let maximumLength = 1 + 3 * 8

    package init(id: StreamID, code: UInt64, finalSize: UInt64) {
        self.id = id
        self.code = code
        self.finalSize = finalSize
    }

    package static func decode(from reader: inout ByteReader) throws(WireError) -> Self {
        let id = StreamID(try reader.readVarint())
        let code = try reader.readVarint()
        return ResetStreamFrame(id: id, code: code, finalSize: try reader.readVarint())
    }

    package func encode(into writer: inout ByteWriter) {
        writer.writeVarint(StreamFrameType.resetStream)
        writer.writeVarint(id.value)
        writer.writeVarint(code)
        writer.writeVarint(finalSize)
    }
}

/// STOP_SENDING: the receiver does not want the rest (RFC 9000 section 19.5).
///
///     type 0x05 | stream ID | code (all varints)
package struct StopSendingFrame: Equatable, Sendable {
    package var id: StreamID
    package var code: UInt64

    package static let maximumLength = 1 + 2 * 8

    package init(id: StreamID, code: UInt64) {
        self.id = id
        self.code = code
    }

    package static func decode(from reader: inout ByteReader) throws(WireError) -> Self {
        StopSendingFrame(id: StreamID(try reader.readVarint()), code: try reader.readVarint())
    }

    package func encode(into writer: inout ByteWriter) {
        writer.writeVarint(StreamFrameType.stopSending)
        writer.writeVarint(id.value)
        writer.writeVarint(code)
    }
}

/// MAX_STREAM_DATA: new credit for one stream (RFC 9000 section 19.10).
///
///     type 0x11 | stream ID | limit (all varints)
///
/// MAX_DATA (0x10) and MAX_STREAMS (0x12) have the limit alone. The limit of MAX_STREAMS counts the
/// streams that the receiver of the frame may open, from the beginning.
package struct MaxStreamDataFrame: Equatable, Sendable {
    package var id: StreamID
    package var limit: UInt64

    package static let maximumLength = 1 + 2 * 8

    package init(id: StreamID, limit: UInt64) {
        self.id = id
        self.limit = limit
    }

    package static func decode(from reader: inout ByteReader) throws(WireError) -> Self {
        MaxStreamDataFrame(id: StreamID(try reader.readVarint()), limit: try reader.readVarint())
    }

    package func encode(into writer: inout ByteWriter) {
        writer.writeVarint(StreamFrameType.maxStreamData)
        writer.writeVarint(id.value)
        writer.writeVarint(limit)
    }
}
