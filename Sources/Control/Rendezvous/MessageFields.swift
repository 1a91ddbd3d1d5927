import SRMUDP

/// Why the bytes of one message could not be understood.
package enum MessageError: Error, Equatable {
    /// A type that this version does not know; such messages are skipped.
    case unknownType(UInt8)
    /// Too short, too long, or with a value that the type does not allow. Ends the connection.
    case malformed(type: UInt8)
    /// HELLO or WELCOME of another version.
    case unsupportedVersion(UInt8)
}

/// Bounds of what the messages of the rendezvous protocol carry, in bytes.
package enum MessageLimits {
    /// Type and fields of a message.
    package static let message = 4_096
    /// What a mailbox or COUNTERS carries: fits, whatever stands before it.
    package static let blob = 4_080
    /// The sealed candidates of a call.
    package static let sealedCandidates = 2_048
    /// What a client calls itself.
    package static let label = 64
}

/// Writes the type and the fields of one message. Integers are big-endian.
struct MessageFieldWriter {
    private(set) var bytes: [UInt8]

    init(type: UInt8) { bytes = [type] }

    mutating func write(_ value: UInt8) { bytes.append(value) }
    mutating func write(_ value: UInt16) { append(UInt64(value), count: 2) }
    mutating func write(_ value: UInt32) { append(UInt64(value), count: 4) }
    mutating func write(_ value: UInt64) { append(value, count: 8) }
    mutating func write(_ value: Bool) { bytes.append(value ? 1 : 0) }
    mutating func write(_ key: PublicKey) { bytes += key.bytes }

    /// No token is 32 zeros.
    mutating func write(_ token: RelayToken?) {
        bytes += token?.bytes ?? [UInt8](repeating: 0, count: RelayToken.length)
    }

    /// No address is 18 zeros.
    mutating func write(_ address: SocketAddress?) {
        bytes += address?.encoded ?? [UInt8](repeating: 0, count: SocketAddress.encodedLength)
    }

    /// Length 2, then the bytes.
    mutating func write(blob: [UInt8], limit: Int = MessageLimits.blob) {
        precondition(blob.count <= limit, "the blob is longer than its message allows")
        write(UInt16(blob.count))
        bytes += blob
    }

    /// Length 1, then UTF-8. A longer text is cut at a character's border.
    mutating func write(text: String, limit: Int = MessageLimits.label) {
        var cut = Substring(text)
        while cut.utf8.count > limit { cut.removeLast() }
        write(UInt8(cut.utf8.count))
        bytes += cut.utf8
    }

    private mutating func append(_ value: UInt64, count: Int) {
        for index in (0..<count).reversed() {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index)))
        }
    }
}

extension ByteReader {
    /// 0 or 1; all other bits are reserved.
    mutating func readFlag() throws(WireError) -> Bool {
        let value = try readUInt8()
        guard value <= 1 else { throw .invalidValue }
        return value == 1
    }

    /// A byte that is the raw value of an enum.
    mutating func readCase<Value: RawRepresentable<UInt8>>(
        _ type: Value.Type
    ) throws(WireError) -> Value {
        guard let value = Value(rawValue: try readUInt8()) else { throw .invalidValue }
        return value
    }

    mutating func readKey() throws(WireError) -> PublicKey {
        guard let key = PublicKey(try readArray(PublicKey.length)) else { throw .invalidValue }
        return key
    }

    /// Nil for 32 zeros.
    mutating func readToken() throws(WireError) -> RelayToken? {
        RelayToken(try readArray(RelayToken.length))
    }

    /// Nil for 18 zeros; any other address must be one that can be dialled.
    mutating func readAddress() throws(WireError) -> SocketAddress? {
        let bytes = try readArray(SocketAddress.encodedLength)
        guard bytes.contains(where: { $0 != 0 }) else { return nil }
        guard let address = SocketAddress(encoded: bytes), address.isDialable else {
            throw .invalidValue
        }
        return address
    }

    /// Length 2, then the bytes.
    mutating func readBlob(limit: Int = MessageLimits.blob) throws(WireError) -> [UInt8] {
        let count = Int(try readUInt16())
        guard count <= limit else { throw .invalidValue }
        return try readArray(count)
    }

    /// Length 1, then UTF-8 without control characters.
    mutating func readText(limit: Int = MessageLimits.label) throws(WireError) -> String {
        let count = Int(try readUInt8())
        guard count <= limit else { throw .invalidValue }
        let bytes = try readArray(count)
        guard let text = String(validating: bytes, as: UTF8.self),
            !text.unicodeScalars.contains(where: { scalar in
                scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
            })
        else { throw .invalidValue }
        return text
    }
}
