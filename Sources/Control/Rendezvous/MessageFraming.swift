/// Cuts a stream of bytes into messages.
///
///     offset  size  field
///     0       2     length n of what follows, big-endian, 1...4096
///     2       1     type
///     3       n-1   fields
///
/// Holds at most one message that is not complete yet; bytes may come in any pieces.
package struct MessageFraming {
    package enum Failure: Error, Equatable {
        /// A length of 0 or above the limit: the stream cannot be followed any further.
        case invalidLength(Int)
    }

    private var pending: [UInt8] = []

    package init() {}

    /// How many bytes of an incomplete message wait: below `MessageLimits.message` + 2.
    package var pendingCount: Int { pending.count }

    /// `message` (type and fields) as it goes into the stream.
    package static func frame(_ message: [UInt8]) -> [UInt8] {
        precondition(
            (1...MessageLimits.message).contains(message.count), "no message has this length")
        return [UInt8(message.count >> 8), UInt8(message.count & 0xff)] + message
    }

    /// Takes bytes from the stream.
    /// - Returns: the messages that are complete now, each as type and fields, in their order.
    package mutating func receive(_ bytes: some Sequence<UInt8>) throws(Failure) -> [[UInt8]] {
        pending += bytes
        var messages: [[UInt8]] = []
        var start = 0
        while pending.count - start >= 2 {
            let length = Int(pending[start]) << 8 | Int(pending[start + 1])
            guard (1...MessageLimits.message).contains(length) else {
                throw .invalidLength(length)
            }
            guard pending.count - start >= 2 + length else { break }
            messages.append([UInt8](pending[start + 2..<start + 2 + length]))
            start += 2 + length
        }
        pending.removeFirst(start)
        return messages
    }
}
