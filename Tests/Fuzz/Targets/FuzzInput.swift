/// Reads decisions from a fuzzer's bytes; past the end everything is zero.
package struct FuzzInput {
    private let bytes: [UInt8]
    private var offset = 0

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package var isAtEnd: Bool { offset >= bytes.count }

    package mutating func byte() -> UInt8 {
        guard offset < bytes.count else { return 0 }
        offset += 1
        return bytes[offset - 1]
    }

    package mutating func number() -> Int { Int(byte()) << 8 | Int(byte()) }

    package mutating func take(_ count: Int) -> [UInt8] {
        let end = min(bytes.count, offset + count)
        defer { offset = end }
        return [UInt8](bytes[offset..<end])
    }

    package mutating func rest() -> [UInt8] { take(bytes.count - offset) }
}
