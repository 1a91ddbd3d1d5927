import SRMUDP

/// What a frame carries (RFC 6455 section 11.8).
enum WebSocketOpcode: UInt8, Sendable {
    case continuation = 0
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10

    var isControl: Bool { rawValue >= 8 }
}

/// The first bytes of a frame (RFC 6455 section 5.2).
///
///     bits   1   final: the last or only fragment of its message
///            3   reserved; the first of them marks a compressed message (RFC 7692 section 6)
///            4   opcode
///            1   masked
///            7   length of the payload: 0...125, or
///     bytes  2   with 126 above: the length, 126...65535
///            8   with 127 above: the length, 65536...2^63-1
///            4   the mask, if there is one
struct WebSocketFrameHeader: Equatable {
    static let lengthLimit = 14

    let isFinal: Bool
    let isCompressed: Bool
    let opcode: WebSocketOpcode
    let payloadLength: Int
    let mask: WebSocketMask?

    /// The length of the encoded form.
    var length: Int {
        2 + (payloadLength < 126 ? 0 : payloadLength < 65_536 ? 2 : 8) + (mask == nil ? 0 : 4)
    }

    /// Reads the header at the beginning of `bytes`; what is wrong is told as early as it can be.
    ///
    /// - Returns: nil if the header is not complete.
    static func parse(
        _ bytes: borrowing RawSpan, fromClient: Bool, permitsCompression: Bool
    ) throws(WebSocketError) -> WebSocketFrameHeader? {
        guard bytes.byteCount >= 1 else { return nil }
        let first = bytes.unsafeLoad(fromByteOffset: 0, as: UInt8.self)
        guard let opcode = WebSocketOpcode(rawValue: first & 0x0f) else {
            throw .unknownOpcode(first & 0x0f)
        }
        let isFinal = first & 0x80 != 0
        let isCompressed = first & 0x40 != 0
        // The mark stands in the first frame of a message only.
        let mayBeCompressed = permitsCompression && (opcode == .text || opcode == .binary)
        guard first & 0x30 == 0, !isCompressed || mayBeCompressed else { throw .reservedBits }
        guard isFinal || !opcode.isControl else { throw .fragmentedControl }

        guard bytes.byteCount >= 2 else { return nil }
        let second = bytes.unsafeLoad(fromByteOffset: 1, as: UInt8.self)
        let isMasked = second & 0x80 != 0
        if isMasked != fromClient { throw fromClient ? .unmaskedFrame : .maskedFrame }
        guard second & 0x7f < 126 || !opcode.isControl else { throw .longControl }

        var reader = ByteReader(bytes.extracting(2..<bytes.byteCount))
        guard let payloadLength = try length(second & 0x7f, &reader) else { return nil }
        var mask: WebSocketMask?
        if isMasked {
            guard let key = try? reader.readUInt32() else { return nil }
            mask = WebSocketMask(key: key)
        }
        return WebSocketFrameHeader(
            isFinal: isFinal, isCompressed: isCompressed, opcode: opcode,
            payloadLength: payloadLength, mask: mask)
    }

    private static func length(
        _ short: UInt8, _ reader: inout ByteReader
    ) throws(WebSocketError) -> Int? {
        switch short {
        case 126:
            guard let length = try? reader.readUInt16() else { return nil }
            guard length >= 126 else { throw .lengthNotMinimal }
            return Int(length)
        case 127:
            guard let length = try? reader.readUInt64() else { return nil }
            guard length >= 65_536 else { throw .lengthNotMinimal }
            guard let length = Int(exactly: length) else { throw .impossibleLength }
            return length
        default: return Int(short)
        }
    }

    /// Appends the encoded form to `queue`.
    func write(to queue: inout ByteQueue) {
        let first = (isFinal ? 0x80 : 0) | (isCompressed ? 0x40 : 0) | opcode.rawValue
        let masked: UInt8 = mask == nil ? 0 : 0x80
        queue.reserve(length)
        queue.put(UInt64(first), bytes: 1)
        switch payloadLength {
        case ..<126: queue.put(UInt64(masked) | UInt64(payloadLength), bytes: 1)
        case ..<65_536:
            queue.put(UInt64(masked | 126), bytes: 1)
            queue.put(UInt64(payloadLength), bytes: 2)
        default:
            queue.put(UInt64(masked | 127), bytes: 1)
            queue.put(UInt64(payloadLength), bytes: 8)
        }
        if let mask { queue.put(UInt64(mask.key), bytes: 4) }
    }
}
