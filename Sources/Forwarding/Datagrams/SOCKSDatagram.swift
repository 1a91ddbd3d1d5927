import SRMUDP

/// A datagram between a SOCKS5 client and its relay (RFC 1928 section 7).
///
///     offset  size  field
///     0       2     reserved, 0
///     2       1     number of the fragment; 0: this is all of it
///     3       1     address type: 1 IPv4, 3 name, 4 IPv6
///     4       n     4 bytes, or 16 bytes, or a length byte and that many bytes of name
///     4 + n   2     port
///     6 + n   m     data
///
/// Towards the relay the address is the destination, towards the client the origin.
package struct SOCKSDatagram: Equatable {
    package enum Failure: Error, Equatable {
        case truncated
        /// Nobody joins fragments, and the standard lets a relay drop them.
        case fragment
        case unknownAddressType(UInt8)
        /// A name that is empty or not printable, or port 0.
        case badDestination
    }

    package let place: HostPort
    package let payload: ArraySlice<UInt8>

    package init(place: HostPort, payload: ArraySlice<UInt8>) {
        self.place = place
        self.payload = payload
    }

    package init(parsing bytes: [UInt8]) throws(Failure) {
        guard bytes.count >= 4 else { throw .truncated }
        guard bytes[2] == 0 else { throw .fragment }
        var rest = bytes[4...]
        func take(_ count: Int) throws(Failure) -> ArraySlice<UInt8> {
            guard rest.count >= count else { throw .truncated }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
        let host: String?
        switch bytes[3] {
        case 1: host = IPAddress(bytes: Array(try take(4)))?.description
        case 3:
            let length = Int(try take(1).reduce(0) { $0 + $1 })
            let text = String(validating: try take(length), as: UTF8.self)
            // An address in the place of a name is one, in whatever way it was written.
            host = text.map { IPAddress($0)?.description ?? $0 }
        case 4: host = IPAddress(bytes: Array(try take(16)))?.description
        case let type: throw .unknownAddressType(type)
        }
        let port = try take(2).reduce(0) { $0 << 8 | UInt16($1) }
        guard let host, let place = HostPort(host: host, port: port) else {
            throw .badDestination
        }
        self.init(place: place, payload: rest)
    }

    package var encoded: [UInt8] {
        [0, 0, 0] + Self.address(place) + [UInt8(place.port >> 8), UInt8(place.port & 0xff)]
            + payload
    }

    private static func address(_ place: HostPort) -> [UInt8] {
        guard let ip = IPAddress(place.host) else {
            // The initialiser of `HostPort` sees to it that the length fits into a byte.
            return [3, UInt8(place.host.utf8.count)] + place.host.utf8
        }
        return ip.isIPv4 ? [1] + ip.bytes.suffix(4) : [4] + ip.bytes
    }
}
