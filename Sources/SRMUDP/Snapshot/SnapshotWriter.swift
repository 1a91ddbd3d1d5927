/// Collects what a process leaves to the one that takes its place.
///
/// Numbers have 8 bytes, big-endian; what has a length of its own stands behind it. Sizes are of no
/// interest here: the bytes never leave the machine.
package struct SnapshotWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func write(_ value: UInt8) { bytes.append(value) }
    package mutating func write(_ value: Bool) { bytes.append(value ? 1 : 0) }

    package mutating func write(_ value: UInt64) {
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
        }
    }

    package mutating func write(_ instant: Instant) {
        write(UInt64(bitPattern: instant.nanoseconds))
    }

    /// With its scope, which means something on this machine.
    package mutating func write(_ address: SocketAddress) {
        bytes += address.encoded
        write(UInt64(address.ip.scope))
    }

    /// Bytes whose number the reader knows.
    package mutating func write(fixed bytes: [UInt8]) { self.bytes += bytes }

    /// The number of bytes, then these.
    package mutating func write(_ bytes: [UInt8]) {
        write(UInt64(bytes.count))
        self.bytes += bytes
    }

    package mutating func write(_ text: String) { write(Array(text.utf8)) }

    /// A flag, then the value if there is one.
    package mutating func write(_ value: UInt64?) {
        write(value != nil)
        if let value { write(value) }
    }

    package mutating func write<Element>(
        _ elements: some Collection<Element>, _ body: (inout SnapshotWriter, Element) -> Void
    ) {
        write(UInt64(elements.count))
        for element in elements { body(&self, element) }
    }

    package mutating func write(_ ranges: RangeSet) {
        write(ranges.ranges) { writer, range in
            writer.write(range.lowerBound)
            writer.write(range.upperBound)
        }
    }

    /// Overwrites everything with zeros: there were keys in it.
    package mutating func wipe() {
        Self.wipe(&bytes)
        bytes = []
    }

    /// The same for bytes that were read.
    package static func wipe(_ bytes: inout [UInt8]) { SRMUDP.wipe(&bytes) }
}

/// Reading what a `SnapshotWriter` wrote. Everything is checked, and nothing is taken on trust: the
/// process that wrote it was another version of the program.
extension ByteReader {
    /// Bytes that `readScopedAddress` takes.
    package static var addressLength: Int { SocketAddress.encodedLength + 8 }

    package mutating func readBool() throws(WireError) -> Bool {
        switch try readUInt8() {
        case 0: return false
        case 1: return true
        default: throw .invalidValue
        }
    }

    /// An offset, a limit, a counter or a packet number: below 2^61, so that it can go on growing.
    package mutating func readOffset() throws(WireError) -> UInt64 {
        let value = try readUInt64()
        guard value < 1 << 61 else { throw .invalidValue }
        return value
    }

    package mutating func readOptionalUInt64() throws(WireError) -> UInt64? {
        try readBool() ? try readUInt64() : nil
    }

    /// The sign is that of the clock; no sum with an `Interval` may overflow.
    package mutating func readInstant() throws(WireError) -> Instant {
        let value = Int64(bitPattern: try readUInt64())
        guard abs(value.clamped) <= Int64.max / 4 else { throw .invalidValue }
        return Instant(nanoseconds: value)
    }

    package mutating func readScopedAddress() throws(WireError) -> SocketAddress {
        let encoded = try readArray(SocketAddress.encodedLength)
        guard let address = SocketAddress(encoded: encoded),
            let scope = UInt32(exactly: try readUInt64())
        else { throw .invalidValue }
        return SocketAddress(address.ip.scoped(to: scope), port: address.port)
    }

    /// The number of elements that follow, each of at least `size` bytes.
    package mutating func readCount(ofSize size: Int, limit: Int = .max) throws(WireError) -> Int {
        let count = try readUInt64()
        guard count <= UInt64(remaining / max(size, 1)) else { throw .truncated }
        guard count <= UInt64(limit) else { throw .invalidValue }
        return Int(count)
    }

    package mutating func readSizedArray(limit: Int = .max) throws(WireError) -> [UInt8] {
        try readArray(try readCount(ofSize: 1, limit: limit))
    }

    package mutating func readText(limit: Int = 4_096) throws(WireError) -> String {
        let bytes = try readSizedArray(limit: limit)
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .invalidValue }
        return text
    }

    /// Ranges in ascending order with a gap before each one, all within `bounds`.
    package mutating func readRanges(
        within bounds: Range<UInt64>, limit: Int
    ) throws(WireError) -> RangeSet {
        var ranges = RangeSet()
        var position = bounds.lowerBound
        for index in 0..<(try readCount(ofSize: 16, limit: limit)) {
            let (lower, upper) = (try readUInt64(), try readUInt64())
            guard index == 0 ? lower >= position : lower > position, lower < upper,
                upper <= bounds.upperBound
            else { throw .invalidValue }
            ranges.insert(lower..<upper)
            position = upper
        }
        return ranges
    }
}

extension Int64 {
    /// The value, or the nearest one whose negation exists.
    fileprivate var clamped: Int64 { self == .min ? .min + 1 : self }
}
