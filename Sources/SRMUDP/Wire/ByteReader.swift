/// Why bytes from the wire could not be understood.
package enum WireError: Error, Equatable {
    /// The bytes end before the value does.
    case truncated
    /// A value is outside what the protocol allows.
    case invalidValue
    /// The frame type is not one that this version knows.
    case unknownFrame
}

/// Reads values one after the other from bytes that somebody else owns.
///
/// Integers are big-endian. Every read checks the length first, so no input can stop the process.
package struct ByteReader: ~Escapable {
    private let bytes: RawSpan
    package private(set) var offset = 0

    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan) { self.bytes = bytes }

    package var remaining: Int { bytes.byteCount - offset }
    package var isAtEnd: Bool { offset == bytes.byteCount }

    package mutating func readUInt8() throws(WireError) -> UInt8 { try read(UInt8.self) }
    package mutating func readUInt16() throws(WireError) -> UInt16 { try read(UInt16.self) }
    package mutating func readUInt32() throws(WireError) -> UInt32 { try read(UInt32.self) }
    package mutating func readUInt64() throws(WireError) -> UInt64 { try read(UInt64.self) }

    /// A variable-length integer of 1, 2, 4 or 8 bytes (RFC 9000 section 16): 0...2^62-1.
    package mutating func readVarint() throws(WireError) -> UInt64 {
        let first = try read(UInt8.self)
        offset -= 1
        switch first >> 6 {
        case 0: return UInt64(try read(UInt8.self))
        case 1: return UInt64(try read(UInt16.self) & 0x3fff)
        case 2: return UInt64(try read(UInt32.self) & 0x3fff_ffff)
        default: return try read(UInt64.self) & 0x3fff_ffff_ffff_ffff
        }
    }

    @_lifetime(copy self)
    package mutating func readBytes(_ count: Int) throws(WireError) -> RawSpan {
        guard count >= 0, count <= remaining else { throw .truncated }
        let start = offset
        offset += count
        return bytes.extracting(start..<offset)
    }

    package mutating func readArray(_ count: Int) throws(WireError) -> [UInt8] {
        let span = try readBytes(count)
        return span.withUnsafeBytes { [UInt8]($0) }
    }

    package mutating func skip(_ count: Int) throws(WireError) {
        guard count >= 0, count <= remaining else { throw .truncated }
        offset += count
    }

    private mutating func read<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type
    ) throws(WireError) -> Value {
        guard MemoryLayout<Value>.size <= remaining else { throw .truncated }
        defer { offset += MemoryLayout<Value>.size }
        return Value(bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self))
    }
}
