import SRMUDP

/// What a client XORs over its payload, so that no proxy on the way takes it for something else (RFC
/// 6455 section 5.3).
struct WebSocketMask: Equatable {
    /// The four bytes as a big-endian number; the first belongs to the next byte of the payload.
    private(set) var key: UInt32

    init(key: UInt32) { self.key = key }

    /// Puts the mask on the bytes of `range`, or takes it off, and goes on behind them next time.
    mutating func apply(to storage: inout ByteStorage, _ range: Range<Int>) {
        storage.exclusiveOr(range, with: key)
        let bits = UInt32(range.count & 3) * 8
        if bits > 0 { key = key << bits | key >> (32 - bits) }
    }
}

/// Draws masks from a random source, many at a time.
struct WebSocketMaskSource {
    private let random: any RandomSource
    private var bytes = [UInt8](repeating: 0, count: 256)
    private var offset = 256

    init(random: any RandomSource) { self.random = random }

    mutating func next() -> WebSocketMask {
        if offset == bytes.count {
            random.fill(&bytes)
            offset = 0
        }
        defer { offset += 4 }
        return WebSocketMask(key: bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) })
    }
}
