/// What a client asks of the server with the first bytes of a connection.
///
///     byte 0      service: 'S' sink, 'R' source, 'E' echo, 'H' hashing sink, 'P' pattern source
///     byte 1-4    number of the flow, big-endian           (not for 'E')
///     byte 5-12   seed of the pattern, big-endian          (only 'P')
///     byte 13-20  how many bytes of pattern, big-endian    (only 'P')
///
/// Echo answers every byte, the first one included. The hashing sink answers the 32 bytes of
/// SHA-256 over what followed its header when the client finishes its direction.
enum Service: UInt8 {
    case sink = 0x53
    case source = 0x52
    case echo = 0x45
    case hash = 0x48
    case pattern = 0x50

    var headerBytes: Int {
        switch self {
        case .echo: 1
        case .sink, .source, .hash: 5
        case .pattern: 21
        }
    }

    static func header(
        _ service: Service, flow: Int, seed: UInt64 = 0, count: Int = 0
    ) -> [UInt8] {
        var bytes = [service.rawValue]
        bytes += bigEndian(UInt64(flow), bytes: 4) + bigEndian(seed, bytes: 8)
        bytes += bigEndian(UInt64(count), bytes: 8)
        return Array(bytes.prefix(service.headerBytes))
    }

    static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func bigEndian(_ value: UInt64, bytes: Int) -> [UInt8] {
        (0..<bytes).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
    }
}
