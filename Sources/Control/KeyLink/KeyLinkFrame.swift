import SRMUDP

/// What stands in the stream that each side of a key link opens (docs/PROTOCOL.md section 20).
///
/// The stream begins with one byte, the version of this format, `01`. Frames follow it, each
///
///     offset  size
///          0     1  kind: 0 text, 1 binary, 2 receipt
///          1     n  varint: length of the message in bytes, at most 16,777,216; in a receipt the
///                   number of messages of this connection that have been delivered
///        1+n     -  the message; a receipt has nothing here
package enum KeyLinkFrame: Equatable {
    package static let version: UInt8 = 1
    package static let receiptKind: UInt8 = 2

    /// The peer began its stream: it is there and takes part.
    case greeting
    case message(KeyLinkMessage)
    /// So many of our messages have been delivered since the connection began.
    case receipt(UInt64)

    /// A kind and a varint, 2 to 9 bytes.
    package static func header(kind: UInt8, _ value: UInt64) -> [UInt8] {
        var writer = ByteWriter(capacity: 9)
        writer.write(kind)
        writer.writeVarint(value)
        return writer.array()
    }
}

/// How the other end broke the rules of the stream.
package enum KeyLinkViolation: Error, Equatable {
    case version(UInt8)
    case kind(UInt8)
    case tooLong
    case notUTF8
    /// It confirms what was never sent, or takes a confirmation back.
    case receipt
    /// It opened a second stream, or ended the one it has.
    case stream
}

extension KeyLinkViolation: CustomStringConvertible {
    package var description: String {
        switch self {
        case .version(let version): "version \(version) of key links"
        case .kind(let kind): "a message of kind \(kind)"
        case .tooLong: "a message that is too long"
        case .notUTF8: "a text that is not UTF-8"
        case .receipt: "a receipt for messages that were not sent"
        case .stream: "another stream than one for messages"
        }
    }
}
