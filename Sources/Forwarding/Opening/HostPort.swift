/// A host, by name or address, and a port of it.
package struct HostPort: Hashable, Sendable {
    /// Longest host, in bytes: what a length byte can count.
    package static let hostLimit = 255

    /// A name, or an address without brackets.
    package let host: String
    /// 1...65535.
    package let port: UInt16

    /// - Returns: nil when the host does not fit (1...255 bytes, no control characters, no spaces)
    ///   or the port is 0.
    package init?(host: String, port: UInt16) {
        guard (1...Self.hostLimit).contains(host.utf8.count), port != 0,
            host.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f })
        else { return nil }
        self.host = host
        self.port = port
    }
}

extension HostPort: CustomStringConvertible {
    /// `host:port`, with brackets around an IPv6 address.
    package var description: String { Self.text(host, port) }

    /// The same for what has not been checked.
    static func text(_ host: String, _ port: UInt16) -> String { "\(bracketed(host)):\(port)" }

    static func bracketed(_ host: String) -> String {
        host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
    }
}
