/// Bytes that depend only on a seed and their offset, so that a receiver can check any part of a
/// stream without having seen the rest.
package struct ContentPattern: Sendable {
    package let seed: UInt64

    package init(seed: UInt64) { self.seed = seed }

    package func byte(at offset: UInt64) -> UInt8 {
        var mixed = (offset / 8 &+ seed) &* 0x9e37_79b9_7f4a_7c15
        mixed ^= mixed >> 29
        mixed &*= 0xbf58_476d_1ce4_e5b9
        return UInt8(truncatingIfNeeded: mixed >> (8 * (offset % 8)))
    }

    package func bytes(from offset: UInt64, count: Int) -> [UInt8] {
        (0..<UInt64(count)).map { byte(at: offset + $0) }
    }

    /// Where `bytes`, received at `offset`, first differ from the pattern.
    package func firstDifference(in bytes: [UInt8], at offset: UInt64) -> UInt64? {
        bytes.indices.first { bytes[$0] != byte(at: offset + UInt64($0)) }
            .map { offset + UInt64($0) }
    }
}
