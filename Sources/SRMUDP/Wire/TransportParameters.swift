/// What each side tells the other about itself in the handshake.
///
/// On the wire a list of entries, each a varint identifier, a varint length and the value: a varint
/// that fills the length exactly, or bytes. Entries come in any order. Unknown identifiers are
/// skipped, so that later versions can add some; an absent entry stands for the default.
///
/// | ID | value                | unit         | range           | default |
/// | -- | -------------------- | ------------ | --------------- | ------- |
/// | 1  | initialMaxData       | bytes        | 0...2^62-1      | 0       |
/// | 2  | initialMaxStreamData | bytes        | 0...2^62-1      | 0       |
/// | 3  | initialMaxStreams    | streams      | 0...2^60        | 0       |
/// | 4  | maxDatagramSize      | bytes        | 1200...65527    | 1200    |
/// | 5  | maxAckDelay          | microseconds | 0..<2^14 * 1000 | 25000   |
/// | 6  | idleHold             | seconds      | 1...604800      | 900     |
/// | 7  | label                | UTF-8        | 0...64 bytes    | empty   |
package struct TransportParameters: Hashable, Sendable {
    /// Credit for the stream bytes of the whole connection, as if sent in MAX_DATA.
    package var initialMaxData: UInt64 = 0
    /// Credit for each stream, as if sent in MAX_STREAM_DATA.
    package var initialMaxStreamData: UInt64 = 0
    /// The number of streams the receiver of this parameter may open, as if sent in MAX_STREAMS.
    package var initialMaxStreams: UInt64 = 0
    /// The largest UDP payload that the sender of this parameter takes.
    package var maxDatagramSize = 1200
    /// The longest wait before an ACK; whole microseconds.
    package var maxAckDelay = Interval.milliseconds(25)
    /// How long the sender of this parameter keeps a connection that is silent; whole seconds.
    package var idleHold = Interval.seconds(900)
    /// A name for people, without control characters.
    package var label = ""

    package static let maxLabelLength = 64
    /// No encoding of known parameters is longer than this.
    package static let maxEncodedLength = 6 * (1 + 1 + 8) + 2 + 1 + maxLabelLength

    package init() {}

    /// Whether all values are within the ranges of the wire format.
    package var isValid: Bool {
        let microseconds = maxAckDelay.nanoseconds / 1000
        let seconds = idleHold.nanoseconds / 1_000_000_000
        return microseconds >= 0 && seconds >= 0
            && Entry.allCases.filter { $0 != .label }.allSatisfy {
                $0.range.contains(number(of: $0))
            } && Self.isValidLabel(label)
    }

    /// - Precondition: `isValid`.
    package func encoded() -> [UInt8] {
        precondition(isValid, "a transport parameter is outside its range")
        var writer = ByteWriter(capacity: Self.maxEncodedLength)
        for entry in Entry.allCases {
            writer.writeVarint(entry.rawValue)
            if entry == .label {
                writer.writeVarint(UInt64(label.utf8.count))
                writer.write([UInt8](label.utf8))
            } else {
                let number = number(of: entry)
                writer.writeVarint(UInt64(ByteWriter.varintLength(number)))
                writer.writeVarint(number)
            }
        }
        return writer.array()
    }

    /// - Throws: `truncated` if an entry is cut off, `invalidValue` for a value out of range, one
    ///   that does not fill its length, or a known identifier that comes twice.
    package init(decoding bytes: RawSpan) throws(WireError) {
        var reader = ByteReader(bytes)
        var seen: Set<Entry> = []
        while !reader.isAtEnd {
            let identifier = try reader.readVarint()
            let length = try reader.readVarint()
            guard length <= UInt64(reader.remaining) else { throw .truncated }
            // The length is at most that of the message now.
            let value = try reader.readArray(Int(length))
            guard let entry = Entry(rawValue: identifier) else { continue }
            guard seen.insert(entry).inserted else { throw .invalidValue }
            if entry == .label {
                label = try Self.decodeLabel(value)
            } else {
                set(entry, to: try Self.decodeNumber(value, range: entry.range))
            }
        }
    }

    private static func decodeNumber(
        _ bytes: [UInt8], range: ClosedRange<UInt64>
    ) throws(WireError) -> UInt64 {
        var reader = ByteReader(bytes.span.bytes)
        let number = try reader.readVarint()
        guard reader.isAtEnd, range.contains(number) else { throw .invalidValue }
        return number
    }

    private static func decodeLabel(_ bytes: [UInt8]) throws(WireError) -> String {
        guard let label = String(validating: bytes, as: UTF8.self), isValidLabel(label) else {
            throw .invalidValue
        }
        return label
    }

    // A label is shown on terminals, where control characters would be commands.
    private static func isValidLabel(_ label: String) -> Bool {
        label.utf8.count <= maxLabelLength
            && label.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }

    private func number(of entry: Entry) -> UInt64 {
        switch entry {
        case .initialMaxData: initialMaxData
        case .initialMaxStreamData: initialMaxStreamData
        case .initialMaxStreams: initialMaxStreams
        case .maxDatagramSize: UInt64(max(0, maxDatagramSize))
        case .maxAckDelay: UInt64(max(0, maxAckDelay.nanoseconds / 1000))
        case .idleHold: UInt64(max(0, idleHold.nanoseconds / 1_000_000_000))
        case .label: preconditionFailure("a label is not a number")
        }
    }

    private mutating func set(_ entry: Entry, to number: UInt64) {
        switch entry {
        case .initialMaxData: initialMaxData = number
        case .initialMaxStreamData: initialMaxStreamData = number
        case .initialMaxStreams: initialMaxStreams = number
        // The ranges of the following fit into 64 signed bits, in nanoseconds too.
        case .maxDatagramSize: maxDatagramSize = Int(number)
        case .maxAckDelay: maxAckDelay = .microseconds(Int64(number))
        case .idleHold: idleHold = .seconds(Int64(number))
        case .label: preconditionFailure("a label is not a number")
        }
    }
}

/// The identifiers on the wire.
private enum Entry: UInt64, CaseIterable {
    case initialMaxData = 1
    case initialMaxStreamData
    case initialMaxStreams
    case maxDatagramSize
    case maxAckDelay
    case idleHold
    case label

    var range: ClosedRange<UInt64> {
        switch self {
        case .initialMaxData, .initialMaxStreamData: 0...(1 << 62) - 1
        case .initialMaxStreams: 0...(1 << 60)
        case .maxDatagramSize: 1200...65_527
        case .maxAckDelay: 0...16_383_999
        case .idleHold: 1...604_800
        case .label: 0...64
        }
    }
}
