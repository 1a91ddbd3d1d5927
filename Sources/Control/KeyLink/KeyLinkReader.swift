import SRMUDP

/// Cuts the stream of a key link into what its frames say.
///
/// Bytes may come in any pieces. A message is gathered in the array that will be handed over. Above
/// 1 MiB that grows with what arrives, whatever length was announced.
package struct KeyLinkReader {
    private enum Place {
        case version
        case kind
        /// A varint, of which `value` is known and `missing` bytes are not; nil: all of them.
        case number(kind: UInt8, value: UInt64, missing: Int?)
        case content(KeyLinkMessage.Kind, length: Int)
        case broken(KeyLinkViolation)
    }

    /// Up to here the memory for a message is taken at once.
    private static let modestLength = 1 << 20

    private var place = Place.version
    private var content: [UInt8] = []

    package init() {}

    /// The bytes that are held of a message which is not complete.
    package var heldCount: Int { content.count }

    /// Takes bytes from `offset` on, up to the end of a frame.
    ///
    /// - Parameter offset: moves behind what was taken.
    /// - Returns: what the frame says; nil if `bytes` end before it does.
    package mutating func next(
        in bytes: borrowing RawSpan, from offset: inout Int
    ) throws(KeyLinkViolation) -> KeyLinkFrame? {
        while true {
            switch place {
            case .broken(let violation): throw violation
            case .content(let kind, let length):
                guard let message = try take(kind, length, bytes, &offset) else { return nil }
                return .message(message)
            case .version, .kind, .number:
                guard offset < bytes.byteCount else { return nil }
                let byte = bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
                offset += 1
                if let frame = try take(byte) { return frame }
            }
        }
    }

    /// - Returns: a frame that ends with this byte.
    private mutating func take(_ byte: UInt8) throws(KeyLinkViolation) -> KeyLinkFrame? {
        switch place {
        case .version:
            guard byte == KeyLinkFrame.version else { throw fail(.version(byte)) }
            place = .kind
            return .greeting
        case .kind:
            guard byte <= KeyLinkFrame.receiptKind else { throw fail(.kind(byte)) }
            place = .number(kind: byte, value: 0, missing: nil)
            return nil
        case .number(let kind, _, nil):
            let count = 1 << Int(byte >> 6)
            return try number(kind, UInt64(byte & 0x3f), missing: count - 1)
        case .number(let kind, let value, let missing?):
            return try number(kind, value << 8 | UInt64(byte), missing: missing - 1)
        case .content, .broken: preconditionFailure("these take no single bytes")
        }
    }

    private mutating func number(
        _ kind: UInt8, _ value: UInt64, missing: Int
    ) throws(KeyLinkViolation) -> KeyLinkFrame? {
        guard missing == 0 else {
            place = .number(kind: kind, value: value, missing: missing)
            return nil
        }
        guard let kind = KeyLinkMessage.Kind(rawValue: kind) else {
            place = .kind
            return .receipt(value)
        }
        guard value <= UInt64(KeyLinkMessage.longest) else { throw fail(.tooLong) }
        let length = Int(value)
        place = .content(kind, length: length)
        content.reserveCapacity(min(length, Self.modestLength))
        return nil
    }

    private mutating func take(
        _ kind: KeyLinkMessage.Kind, _ length: Int, _ bytes: borrowing RawSpan,
        _ offset: inout Int
    ) throws(KeyLinkViolation) -> KeyLinkMessage? {
        let count = min(length - content.count, bytes.byteCount - offset)
        bytes.extracting(offset..<offset + count).withUnsafeBytes { content.append(contentsOf: $0) }
        offset += count
        guard content.count == length else { return nil }
        let whole = content
        content = []
        place = .kind
        guard kind == .binary || whole.isUTF8 else { throw fail(.notUTF8) }
        return KeyLinkMessage(kind, whole)
    }

    private mutating func fail(_ violation: KeyLinkViolation) -> KeyLinkViolation {
        place = .broken(violation)
        content = []
        return violation
    }
}

extension [UInt8] {
    var isUTF8: Bool {
        do {
            _ = try UTF8Span(validating: span)
            return true
        } catch {
            return false
        }
    }
}
