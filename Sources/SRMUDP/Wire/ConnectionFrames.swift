/// The frames that a connection itself sends and understands. Those of streams stand in
/// `StreamFrames`, ACK in `AckFrame`; docs/PROTOCOL.md draws them all.
enum ConnectionFrameType {
    static let padding: UInt64 = 0x00
    static let ping: UInt64 = 0x01
    static let pathChallenge: UInt64 = 0x1a
    static let pathResponse: UInt64 = 0x1b
    static let close: UInt64 = 0x1c
    static let datagram: UInt64 = 0x30
    static let datagramWithLength: UInt64 = 0x31
    static let candidates: UInt64 = 0x40
}

/// CLOSE: the connection ends now.
///
///     type 0x1c
///     code            varint
///     reason length   varint, at most 255
///     reason          UTF-8
struct CloseFrame {
    static let maximumReasonLength = 255

    let code: CloseCode
    let reason: String

    init(code: CloseCode, reason: String) {
        self.code = code
        self.reason = reason
    }

    /// Reads what stands behind the type. A code that a later version may have added counts as an
    /// internal error; a reason is shown to people and so must be text.
    init(_ reader: inout ByteReader) throws(WireError) {
        code = CloseCode(rawValue: try reader.readVarint()) ?? .internalError
        let length = try reader.readVarint()
        guard length <= UInt64(Self.maximumReasonLength) else { throw .invalidValue }
        let bytes = try reader.readArray(Int(length))
        let text = String(decoding: bytes, as: UTF8.self)
        reason = String(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f })
    }

    /// Cuts the reason so that it fits.
    func write(into writer: inout ByteWriter) {
        let room = min(Self.maximumReasonLength, writer.remaining - 11)
        let bytes = [UInt8](reason.utf8.prefix(max(room, 0)))
        writer.writeVarint(ConnectionFrameType.close)
        writer.writeVarint(code.rawValue)
        writer.writeVarint(UInt64(bytes.count))
        writer.write(bytes)
    }
}
