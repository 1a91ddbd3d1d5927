/// ACK: which packets arrived (RFC 9000 section 19.3).
///
///     type 0x02, or 0x03 with ECN counts
///     largest acknowledged    varint
///     ACK delay               varint, microseconds
///     range count             varint, of further ranges; at most 63
///     first range             varint, packets below the largest that arrived without a hole
///     then for each further range, downwards:
///       gap                   varint, missing packets less one
///       length                varint, packets in the range less one
///     with 0x03: counts of packets that came with ECT(0), ECT(1) and CE, three varints
enum AckFrame {
    static let type: UInt64 = 0x02
    static let typeWithECN: UInt64 = 0x03
    static let maximumFurtherRanges: UInt64 = 63
    /// The most bytes that the fixed parts take.
    private static let fixedLength = 1 + 8 + 8 + 1 + 8 + ECNCounts.maximumLength

    /// Writes as many ranges as fit, newest first.
    /// - Returns: false, and nothing is written, if there is not even room for one.
    static func write(
        _ numbers: RangeSet, delay: Interval, ecn: ECNCounts, into writer: inout ByteWriter
    ) -> Bool {
        guard writer.remaining >= fixedLength, let newest = numbers.last else { return false }
        let room = (writer.remaining - fixedLength) / 16
        let further = min(numbers.count - 1, room, Int(maximumFurtherRanges))
        writer.writeVarint(ecn.isEmpty ? type : typeWithECN)
        writer.writeVarint(newest.upperBound - 1)
        writer.writeVarint(UInt64(max(delay.nanoseconds / 1000, 0)))
        writer.writeVarint(UInt64(further))
        writer.writeVarint(newest.upperBound - 1 - newest.lowerBound)
        var lowest = newest.lowerBound
        for index in 0..<further {
            let range = numbers.ranges[numbers.count - 2 - index]
            writer.writeVarint(lowest - range.upperBound - 1)
            writer.writeVarint(range.upperBound - 1 - range.lowerBound)
            lowest = range.lowerBound
        }
        if !ecn.isEmpty { ecn.write(into: &writer) }
        return true
    }
}

/// Reads the ranges of an ACK frame one by one, newest first, without collecting them.
struct AckRangeReader {
    let largest: UInt64
    let delay: Interval
    private var furtherRanges: UInt64
    private var lowest: UInt64
    private(set) var range: ClosedRange<UInt64>

    /// Reads up to the first range; the type was read before.
    init(_ reader: inout ByteReader) throws(WireError) {
        largest = try reader.readVarint()
        let microseconds = try reader.readVarint()
        // Longer than a minute cannot be honest and would not fit the arithmetic.
        delay = .microseconds(Int64(min(microseconds, 60_000_000)))
        furtherRanges = try reader.readVarint()
        guard furtherRanges <= AckFrame.maximumFurtherRanges else { throw .invalidValue }
        let first = try reader.readVarint()
        guard first <= largest else { throw .invalidValue }
        lowest = largest - first
        range = lowest...largest
    }

    /// Moves on to the next range; false after the last one.
    mutating func next(_ reader: inout ByteReader) throws(WireError) -> Bool {
        guard furtherRanges > 0 else { return false }
        furtherRanges -= 1
        let gap = try reader.readVarint()
        let length = try reader.readVarint()
        // Neither sum can overflow: a varint has 62 bits.
        guard lowest >= gap + 2, lowest - gap - 2 >= length else { throw .invalidValue }
        let upper = lowest - gap - 2
        lowest = upper - length
        range = lowest...upper
        return true
    }
}

/// How many packets arrived with each ECN codepoint since the connection began.
struct ECNCounts: Equatable {
    static let maximumLength = 24

    var ect0: UInt64 = 0
    var ect1: UInt64 = 0
    var ce: UInt64 = 0

    var isEmpty: Bool { ect0 == 0 && ect1 == 0 && ce == 0 }

    init() {}

    init(_ reader: inout ByteReader) throws(WireError) {
        ect0 = try reader.readVarint()
        ect1 = try reader.readVarint()
        ce = try reader.readVarint()
    }

    /// Counts packets whose IP headers had these two bits.
    mutating func count(_ codepoint: UInt8, packets: Int) {
        switch codepoint & 3 {
        case 1: ect1 += UInt64(packets)
        case 2: ect0 += UInt64(packets)
        case 3: ce += UInt64(packets)
        default: break
        }
    }

    func write(into writer: inout ByteWriter) {
        writer.writeVarint(ect0)
        writer.writeVarint(ect1)
        writer.writeVarint(ce)
    }
}
