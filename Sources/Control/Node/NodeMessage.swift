/// What nodes ask each other outside of streams, in DATAGRAM frames. Nothing is repeated by itself:
/// whoever asks asks again.
///
///     REPORT REQUEST   ff | 01 | number 4
///     REPORT           ff | 02 | number 4 | PathReport
///
/// Other DATAGRAM frames belong to a stream and begin with its ID (`DatagramFraming`). No stream has
/// one whose first byte is ff: that would be a number above 4 * 10^18.
enum NodeMessage: Equatable {
    case reportRequest(UInt32)
    case report(UInt32, PathReport)

    private static let mark: UInt8 = 0xff

    var encoded: [UInt8] {
        switch self {
        case .reportRequest(let number): [Self.mark, 1] + Self.bytes(of: number)
        case .report(let number, let report):
            [Self.mark, 2] + Self.bytes(of: number) + report.encoded
        }
    }

    /// Nil for what is none, or one of a later version.
    init?(encoded bytes: [UInt8]) {
        guard bytes.count >= 6, bytes[0] == Self.mark else { return nil }
        let number = bytes[2..<6].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        switch bytes[1] {
        case 1 where bytes.count == 6: self = .reportRequest(number)
        case 2:
            guard let report = PathReport(encoded: Array(bytes[6...])) else { return nil }
            self = .report(number, report)
        default: return nil
        }
    }

    private static func bytes(of number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * $0)) }
    }
}
