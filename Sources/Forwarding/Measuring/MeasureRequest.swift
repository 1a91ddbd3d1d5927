import SRMUDP

/// Asks the peer to take part in measuring how fast a session is in one direction.
package struct MeasureRequest: Hashable, Sendable {
    package enum Direction: UInt8, Sendable, CaseIterable {
        /// From the stream's opener to the other side.
        case up = 0
        /// From the other side to the stream's opener.
        case down = 1
    }

    /// A minute.
    package static let longestMilliseconds: UInt16 = 60_000

    package let direction: Direction
    /// 1...60,000.
    package let milliseconds: UInt16

    /// - Returns: nil when the time is out of range.
    package init?(_ direction: Direction, milliseconds: UInt16) {
        guard (1...Self.longestMilliseconds).contains(milliseconds) else { return nil }
        self.direction = direction
        self.milliseconds = milliseconds
    }

    var duration: Interval { .milliseconds(Int64(milliseconds)) }
}

/// What came of a measurement: bytes, and the time from the first of them to the end.
///
///     offset  size  field
///     0       8     bytes
///     8       8     microseconds
package struct MeasureResult: Hashable, Sendable {
    package static let encodedLength = 16

    package let bytes: UInt64
    package let microseconds: UInt64

    package init(bytes: UInt64, microseconds: UInt64) {
        self.bytes = bytes
        self.microseconds = microseconds
    }

    /// Nil unless there are 16 bytes.
    package init?(encoded: [UInt8]) {
        guard encoded.count == Self.encodedLength else { return nil }
        func number(_ range: Range<Int>) -> UInt64 {
            encoded[range].reduce(0) { $0 << 8 | UInt64($1) }
        }
        self.init(bytes: number(0..<8), microseconds: number(8..<16))
    }

    package var encoded: [UInt8] {
        [bytes, microseconds].flatMap { number in
            (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * $0)) }
        }
    }

    /// 0 where no time passed. A peer may claim any numbers; none makes this overflow.
    package var bitsPerSecond: Int64 {
        guard microseconds > 0 else { return 0 }
        let rate = Double(bytes) * 8_000_000 / Double(microseconds)
        return rate < 0x1p63 ? Int64(rate) : .max
    }
}
