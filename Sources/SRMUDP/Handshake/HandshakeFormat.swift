/// The layout of the handshake datagrams; all numbers big-endian.
///
///     INITIATION, always 1200 bytes
///        0  F1 | version | pattern | 00
///        4  initiator's connection ID
///       12  Noise message 1
///     1168  mac1, 16 bytes
///     1184  mac2, 16 bytes: zero without a cookie
///
///     RESPONSE, 400 bytes, never longer than 1200
///        0  F2 | version | pattern | 00
///        4  responder's connection ID
///       12  initiator's connection ID
///       20  Noise message 2
///      -16  mac1
///
/// `CookieMessage` and `VersionMessage` draw the other two. The transcript of Noise begins with
/// "SRMUDP/1" and the 12 bytes before message 1, and takes in the 20 bytes before message 2:
/// version,
/// pattern and connection IDs cannot be exchanged on the way.
enum HandshakeFormat {
    static let version: UInt8 = 1
    static let prologue = [UInt8]("SRMUDP/1".utf8)
    static let macLength = 16

    static let initiationLength = 1200
    static let initiationHeaderLength = 12
    /// Where mac1 and mac2 of an INITIATION begin.
    static let mac1Offset = 1168
    static let mac2Offset = 1184

    static let responseLengths = responseOverhead + ResponsePayload.fixedLength...1200
    static let responseHeaderLength = 20
    /// The length we pad to.
    static let responseLength = 400
    /// Header, ephemeral key, tag and mac1.
    static let responseOverhead = 20 + 32 + 16 + 16

    /// The first byte of each datagram.
    enum Kind {
        static let initiation: UInt8 = 0xf1
        static let response: UInt8 = 0xf2
        static let cookie: UInt8 = 0xf3
        static let version: UInt8 = 0xf6
    }

    static func initiationHeader(
        pattern: HandshakePattern, initiator: ConnectionID
    ) -> [UInt8] {
        [Kind.initiation, version, pattern.rawValue, 0] + initiator.bytes
    }

    static func responseHeader(
        pattern: HandshakePattern, responder: ConnectionID, initiator: ConnectionID
    ) -> [UInt8] {
        [Kind.response, version, pattern.rawValue, 0] + responder.bytes + initiator.bytes
    }
}

extension ConnectionID {
    /// The eight bytes on the wire.
    var bytes: [UInt8] {
        (0..<Self.length).map { UInt8(truncatingIfNeeded: rawValue >> UInt64(56 - 8 * $0)) }
    }

    /// - Parameter bytes: eight bytes.
    init(bytes: ArraySlice<UInt8>) {
        precondition(bytes.count == Self.length, "a connection ID has eight bytes")
        self.init(rawValue: bytes.reduce(0) { $0 << 8 | UInt64($1) })
    }
}
