import SRMUDP

/// The first bytes of a stream: what its opener wants to be connected to.
///
///     offset  size  field
///     0       1     version, 1
///     1       1     kind: 1 TCP connect; all others are reserved
///     2       1     length of the host, 1...255
///     3       n     host: a name or an address without brackets, UTF-8, no control characters
///     3+n     2     port, big-endian, 1...65535
///
/// The opener's data may follow at once, before the reply. It stays in the stream until the far
/// connection stands.
package struct OpenRequest: Hashable, Sendable {
    package static let version: UInt8 = 1
    package static let connectTCP: UInt8 = 1

    package let host: String
    package let port: UInt16

    /// - Returns: nil when the host does not fit (1...255 bytes, no control characters, no spaces)
    ///   or the port is 0.
    package init?(host: String, port: UInt16) {
        guard (1...255).contains(host.utf8.count), port != 0,
            host.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f })
        else { return nil }
        self.host = host
        self.port = port
    }

    package var encoded: [UInt8] {
        // The initialiser saw to it that the length fits into a byte.
        [Self.version, Self.connectTCP, UInt8(host.utf8.count)] + host.utf8
            + [UInt8(port >> 8), UInt8(port & 0xff)]
    }
}

extension OpenRequest: CustomStringConvertible {
    /// `host:port`, with brackets around an IPv6 address.
    package var description: String {
        host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

/// Reads an `OpenRequest` byte by byte, so that it may arrive in any pieces.
package struct OpenRequestParser {
    package enum Failure: Error, Equatable {
        /// A version other than 1.
        case unsupportedVersion(UInt8)
        /// A kind other than a TCP connect.
        case unsupportedKind(UInt8)
        /// The host is empty, not UTF-8 or has control characters, or the port is 0.
        case invalidTarget
    }

    private var bytes: [UInt8] = []

    package init() {}

    /// Takes the next byte.
    /// - Returns: the request with its last byte, nil before that.
    package mutating func receive(_ byte: UInt8) throws(Failure) -> OpenRequest? {
        bytes.append(byte)
        switch bytes.count {
        case 1:
            if byte != OpenRequest.version { throw .unsupportedVersion(byte) }
            return nil
        case 2:
            if byte != OpenRequest.connectTCP { throw .unsupportedKind(byte) }
            return nil
        case 3:
            if byte == 0 { throw .invalidTarget }
            return nil
        default:
            let hostEnd = 3 + Int(bytes[2])
            guard bytes.count == hostEnd + 2 else { return nil }
            let port = UInt16(bytes[hostEnd]) << 8 | UInt16(bytes[hostEnd + 1])
            guard let host = String(validating: bytes[3..<hostEnd], as: UTF8.self),
                let request = OpenRequest(host: host, port: port)
            else { throw .invalidTarget }
            return request
        }
    }
}
