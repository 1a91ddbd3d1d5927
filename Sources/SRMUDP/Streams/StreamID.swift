/// The number of a stream within its Connection: 0...2^62-1.
///
/// Bit 0 tells who opened it: the node with the smaller static key opens even streams, the other
/// one odd streams. All streams are bidirectional. The remaining bits count the streams of one
/// opener from zero, and IDs are used in that order.
package struct StreamID: Hashable, Comparable, BitwiseCopyable, Sendable {
    package let value: UInt64

    /// The largest ID that a variable-length integer can carry.
    package static let largest = StreamID((1 << 62) - 1)

    package init(_ value: UInt64) { self.value = value }

    /// The `index`-th stream that the side with `parity` opens.
    package init(index: UInt64, parity: StreamParity) {
        value = index << 1 | parity.rawValue
    }

    package var parity: StreamParity { value & 1 == 0 ? .even : .odd }

    /// How many streams the same side opened before this one.
    package var index: UInt64 { value >> 1 }

    package static func < (left: StreamID, right: StreamID) -> Bool { left.value < right.value }
}

/// Which of the two sides opened a stream.
package enum StreamParity: UInt64, BitwiseCopyable, Sendable {
    case even = 0
    case odd = 1

    package var opposite: StreamParity { self == .even ? .odd : .even }
}

extension StreamID: CustomStringConvertible {
    package var description: String { "stream \(value)" }
}
