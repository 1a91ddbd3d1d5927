import SRMUDP

/// What a client XORs over its payload, so that no proxy on the way takes it for something else (RFC
/// 6455 section 5.3).
struct WebSocketMask: Equatable {
    /// The four bytes as a big-endian number; the first belongs to the next byte of the payload.
    private(set) var key: UInt32

    init(key: UInt32) { self.key = key }

    /// Puts the mask on the bytes of `range`, or takes it off, and goes on behind them next time.
    mutating func apply(to storage: inout ByteStorage, _ range: Range<Int>) {
        var offset = range.lowerBound
        let wide = UInt64(key) << 32 | UInt64(key)
        while range.upperBound - offset >= 32 {
            for place in stride(from: offset, to: offset + 32, by: 8) {
                storage.store(storage.load(at: place, as: UInt64.self) ^ wide, at: place)
            }
            offset += 32
        }
        while offset < range.upperBound {
            storage[offset] ^= UInt8(truncatingIfNeeded: key >> 24)
            key = key << 8 | key >> 24
            offset += 1
        }
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
