/// An IP address and a port: one end of a UDP path or a TCP connection.
package struct SocketAddress: Hashable, Sendable {
    package let ip: IPAddress
    package let port: UInt16

    /// The length of `encoded`.
    package static let encodedLength = 18

    package init(_ ip: IPAddress, port: UInt16) {
        self.ip = ip
        self.port = port
    }

    /// Reads `127.0.0.1:80` or `[::1]:80`; an IPv6 address must stand in brackets.
    package init?(_ text: some StringProtocol) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...].utf8
        guard let port = IPAddress.parseDecimal(digits, maximum: 65_535) else { return nil }
        let host = text[..<colon]
        if host.hasPrefix("[") {
            guard host.hasSuffix("]"), let ip = IPAddress(host.dropFirst().dropLast()),
                host.contains(":")
            else { return nil }
            self.init(ip, port: UInt16(port))
        } else {
            guard !host.contains(":"), let ip = IPAddress(host) else { return nil }
            self.init(ip, port: UInt16(port))
        }
    }

    /// Reads what `encoded` wrote; `nil` unless there are exactly 18 bytes.
    package init?(encoded: [UInt8]) {
        guard encoded.count == Self.encodedLength, let ip = IPAddress(bytes: Array(encoded[..<16]))
        else { return nil }
        self.init(ip, port: UInt16(encoded[16]) << 8 | UInt16(encoded[17]))
    }

    /// Sixteen bytes of address (IPv4 mapped), then the port, all in network order. The scope of a
    /// link-local address means nothing to another machine and is left out.
    package var encoded: [UInt8] {
        ip.bytes + [UInt8(port >> 8), UInt8(port & 0xff)]
    }
}

extension SocketAddress: CustomStringConvertible {
    package var description: String { ip.isIPv4 ? "\(ip):\(port)" : "[\(ip)]:\(port)" }
}
