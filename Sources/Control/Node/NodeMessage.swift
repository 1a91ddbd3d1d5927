/// What nodes ask each other outside of streams, in DATAGRAM frames. Nothing is repeated by itself:
/// whoever asks asks again.
///
///     REPORT REQUEST   01 | number 4
///     REPORT           02 | number 4 | PathReport
enum NodeMessage: Equatable {
    case reportRequest(UInt32)
    case report(UInt32, PathReport)

    var encoded: [UInt8] {
        switch self {
        case .reportRequest(let number): [1] + Self.bytes(of: number)
        case .report(let number, let report): [2] + Self.bytes(of: number) + report.encoded
        }
    }

    /// Nil for what is none, or one of a later version.
    init?(encoded bytes: [UInt8]) {
        guard bytes.count >= 5 else { return nil }
        let number = bytes[1..<5].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        switch bytes[0] {
        case 1 where bytes.count == 5: self = .reportRequest(number)
        case 2:
            guard let report = PathReport(encoded: Array(bytes[5...])) else { return nil }
            self = .report(number, report)
        default: return nil
        }
    }

    private static func bytes(of number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * $0)) }
    }
}
