import SRMUDP

/// A request of NAT-PMP (RFC 6886 sections 3.2 and 3.3).
///
///     0    version 0
///     1    opcode: 0 external address (ends here), 1 map UDP
///     2    reserved 2
///     4    internal port 2
///     6    suggested external port 2
///     8    wished lifetime 4, in seconds; with 0 (and external port 0) the mapping is removed
///     12   end
enum NATPMPRequest {
    case externalAddress
    case map(internalPort: UInt16, suggestedPort: UInt16, lifetime: UInt32)

    var encoded: [UInt8] {
        switch self {
        case .externalAddress: return [NATPMPResponse.version, 0]
        case .map(let internalPort, let suggestedPort, let lifetime):
            var writer = ByteWriter(capacity: 12)
            writer.write(NATPMPResponse.version)
            writer.write(UInt8(1))
            writer.writeZeros(2)
            writer.write(internalPort)
            writer.write(suggestedPort)
            writer.write(lifetime)
            return writer.array()
        }
    }
}

/// An answer of NAT-PMP (RFC 6886 sections 3.2, 3.3 and 3.5).
///
///     0    version 0
///     1    128 + opcode
///     2    result 2; 0: done
///     4    epoch 4: seconds since the gateway forgot all mappings
///     8    external address: 4 bytes of IPv4
///          map: internal port 2 | external port 2 | lifetime 4
///
/// With an error the rest may be missing.
struct NATPMPResponse: Equatable {
    enum Content: Equatable {
        case externalAddress(IPAddress)
        case mapping(internalPort: UInt16, externalPort: UInt16, lifetime: UInt32)
        /// The result says what is wrong; it is not 0.
        case failure
    }

    static let version: UInt8 = 0
    private static let addressKind: UInt8 = 128
    private static let mapKind: UInt8 = 129

    let result: UInt16
    let epoch: UInt32
    let content: Content

    init(parsing bytes: [UInt8]) throws(WireError) {
        var reader = ByteReader(bytes.span.bytes)
        guard try reader.readUInt8() == Self.version else { throw .invalidValue }
        let kind = try reader.readUInt8()
        result = try reader.readUInt16()
        epoch = try reader.readUInt32()
        guard result == 0 else {
            // What answers a request of another version may repeat that one's opcode.
            guard kind >= Self.addressKind else { throw .invalidValue }
            content = .failure
            return
        }
        switch kind {
        case Self.addressKind:
            content = .externalAddress(IPAddress(ipv4: try reader.readUInt32()))
        case Self.mapKind:
            content = .mapping(
                internalPort: try reader.readUInt16(), externalPort: try reader.readUInt16(),
                lifetime: try reader.readUInt32())
        default: throw .invalidValue
        }
        guard reader.isAtEnd else { throw .invalidValue }
    }
}
