import Glibc
import ToolSupport

/// An endless series of bytes in which every position is known from the seed alone, so that a byte
/// out of place shows even when it was a right byte somewhere else.
struct Pattern {
    let seed: UInt64

    /// Writes the bytes from `position` on over the whole of `buffer`.
    func fill(_ buffer: UnsafeMutableRawBufferPointer, from position: Int) {
        var index = 0
        while index < buffer.count && (position + index) & 7 != 0 {
            buffer[index] = byte(at: position + index)
            index += 1
        }
        while index + 8 <= buffer.count {
            let word = word((position + index) / 8)
            buffer.storeBytes(of: word.littleEndian, toByteOffset: index, as: UInt64.self)
            index += 8
        }
        while index < buffer.count {
            buffer[index] = byte(at: position + index)
            index += 1
        }
    }

    private func word(_ number: Int) -> UInt64 {
        SeededGenerator.mix(seed &+ UInt64(truncatingIfNeeded: number) &* 0x9e37_79b9_7f4a_7c15)
    }

    private func byte(at position: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: word(position / 8) >> UInt64(position % 8 * 8))
    }
}
