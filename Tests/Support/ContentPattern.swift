/// Bytes that depend only on a seed and their offset, so that a receiver can check any part of a
/// stream without having seen the rest.
///
/// All patterns are windows of one random block whose length is a prime, so that bytes which were
/// moved by any power of two differ.
package struct ContentPattern: Sendable {
    private static let period: UInt64 = 65_521
    private static let block: [UInt8] = {
        var bytes = [UInt8](repeating: 0, count: 2 * Int(period))
        let random = SeededRandomSource(seed: 1)
        for index in 0..<Int(period) {
            bytes[index] = UInt8(truncatingIfNeeded: random.next())
            bytes[index + Int(period)] = bytes[index]
        }
        return bytes
    }()

    /// What one call may ask for, in bytes.
    package static let longestPart = Int(period)

    private let shift: UInt64

    package init(seed: UInt64) { shift = SeededRandomSource(seed: seed).next() % Self.period }

    /// The part of the stream that begins at `offset`; `count` <= `longestPart`.
    package func bytes(from offset: UInt64, count: Int) -> ArraySlice<UInt8> {
        let start = Int((offset % Self.period + shift) % Self.period)
        return Self.block[start..<start + count]
    }

    /// Where `bytes`, received at `offset`, first differ from the pattern.
    package func firstDifference(in bytes: [UInt8], at offset: UInt64) -> UInt64? {
        var position = 0
        while position < bytes.count {
            let count = min(bytes.count - position, Self.longestPart)
            let expected = self.bytes(from: offset + UInt64(position), count: count)
            let actual = bytes[position..<position + count]
            if actual != expected {
                let index = zip(actual, expected).enumerated().first {
                    $0.element.0 != $0.element.1
                }
                return offset + UInt64(position + (index?.offset ?? 0))
            }
            position += count
        }
        return nil
    }
}
