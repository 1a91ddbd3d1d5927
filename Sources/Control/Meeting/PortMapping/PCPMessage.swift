import SRMUDP

/// A request of the Port Control Protocol, version 2 (RFC 6887 sections 7.1 and 11.1).
///
///     0    version 2
///     1    opcode: 0 ANNOUNCE, 1 MAP
///     2    reserved 2
///     4    wished lifetime 4, in seconds; 0 gives the mapping back
///     8    our own address 16; IPv4 mapped
///     24   only MAP: nonce 12
///     36   protocol 1: 17 is UDP
///     37   reserved 3
///     40   internal port 2
///     42   suggested external port 2; 0: none
///     44   suggested external address 16; all zeros: none
///     60   end
enum PCPRequest {
    /// Asks how the gateway is; the answer tells its epoch.
    case announce(client: IPAddress)
    case map(PCPMapping, client: IPAddress, lifetime: UInt32)

    var encoded: [UInt8] {
        switch self {
        case .announce(let client): return Self.header(.announce, lifetime: 0, client)
        case .map(let mapping, let client, let lifetime):
            return Self.header(.map, lifetime: lifetime, client) + mapping.encoded
        }
    }

    private static func header(
        _ opcode: PCPResponse.Opcode, lifetime: UInt32, _ client: IPAddress
    ) -> [UInt8] {
        var writer = ByteWriter(capacity: PCPResponse.headerLength)
        writer.write(PCPResponse.version)
        writer.write(opcode.rawValue)
        writer.writeZeros(2)
        writer.write(lifetime)
        writer.write(client.bytes)
        return writer.array()
    }
}

/// What stands behind the header of a MAP request, and again in its answer.
struct PCPMapping: Equatable {
    static let nonceLength = 12
    static let encodedLength = 36
    static let protocolUDP: UInt8 = 17

    /// Chosen by us for as long as we want the mapping: only who knows it can renew or remove it.
    var nonce: [UInt8]
    var internalPort: UInt16
    /// Suggested in a request, assigned in an answer.
    var external: SocketAddress

    var encoded: [UInt8] {
        var writer = ByteWriter(capacity: Self.encodedLength)
        writer.write(nonce)
        writer.write(Self.protocolUDP)
        writer.writeZeros(3)
        writer.write(internalPort)
        writer.write(external.port)
        writer.write(external.ip.bytes)
        return writer.array()
    }
}

extension PCPMapping {
    /// - Throws: `WireError.invalidValue` for another protocol than UDP.
    init(reading reader: inout ByteReader) throws(WireError) {
        nonce = try reader.readArray(Self.nonceLength)
        guard try reader.readUInt8() == Self.protocolUDP else { throw .invalidValue }
        try reader.skip(3)
        internalPort = try reader.readUInt16()
        let port = try reader.readUInt16()
        guard let ip = IPAddress(bytes: try reader.readArray(16)) else { throw .invalidValue }
        external = SocketAddress(ip, port: port)
    }
}

/// An answer of the Port Control Protocol (RFC 6887 sections 7.2 and 11.1).
///
///     0    version 2
///     1    0x80 | opcode
///     2    reserved 1
///     3    result 1; 0: done
///     4    lifetime 4, in seconds: of the mapping, or for how long an error will last
///     8    epoch 4: seconds since the gateway forgot all mappings
///     12   reserved 12
///     24   only MAP: as in the request, with what was assigned
struct PCPResponse: Equatable {
    enum Opcode: UInt8 {
        case announce = 0
        case map = 1
    }

    static let version: UInt8 = 2
    static let headerLength = 24
    /// Longer messages are to be ignored (RFC 6887 section 7).
    static let maximumLength = 1100
    private static let isResponse: UInt8 = 0x80

    let opcode: Opcode
    let result: UInt8
    let lifetime: UInt32
    let epoch: UInt32
    /// Nil for ANNOUNCE.
    let mapping: PCPMapping?

    /// - Throws: `WireError` for what RFC 6887 section 8.3 wants ignored, and for opcodes that were
    ///   never asked for.
    init(parsing bytes: [UInt8]) throws(WireError) {
        guard bytes.count <= Self.maximumLength, bytes.count % 4 == 0 else { throw .invalidValue }
        var reader = ByteReader(bytes.span.bytes)
        guard try reader.readUInt8() == Self.version else { throw .invalidValue }
        let kind = try reader.readUInt8()
        guard kind & Self.isResponse != 0, let opcode = Opcode(rawValue: kind & ~Self.isResponse)
        else { throw .invalidValue }
        self.opcode = opcode
        try reader.skip(1)
        result = try reader.readUInt8()
        lifetime = try reader.readUInt32()
        epoch = try reader.readUInt32()
        try reader.skip(12)
        mapping = opcode == .map ? try PCPMapping(reading: &reader) : nil
    }
}
