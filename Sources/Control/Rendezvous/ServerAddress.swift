import SRMUDP

/// Where a rendezvous server is, as users write it and tickets and files have it.
///
///     host:port[#ID]              by UDP
///     wss://host[:port][#ID]      inside a WebSocket over TLS; port 443 unless given
///     ws://host[:port][#ID]       inside a WebSocket over plain TCP; port 80 unless given
///
/// The host is a name or an address, IPv6 in brackets. The ID (`NodeID`) pins the server's key; an
/// address without it is trusted at first contact (`KnownServers`).
package struct ServerAddress: Hashable, Sendable {
    package enum Transport: String, Sendable, CaseIterable {
        case udp = ""
        case secureWebSocket = "wss"
        case webSocket = "ws"

        /// The port that need not be written.
        var usualPort: UInt16? {
            switch self {
            case .udp: nil
            case .secureWebSocket: 443
            case .webSocket: 80
            }
        }
    }

    package let transport: Transport
    /// In lower case; an IPv6 address without brackets.
    package let host: String
    package let port: UInt16
    /// The key that the address pins.
    package let publicKey: PublicKey?

    /// Names in the DNS have no more bytes.
    private static let hostLimit = 253

    package init(_ text: some StringProtocol) throws(ServerAddressError) {
        var rest = Substring(text)
        guard !rest.isEmpty else { throw .empty }
        publicKey = try Self.cutKey(from: &rest)
        transport = try Self.cutTransport(from: &rest)
        if transport != .udp, rest.hasSuffix("/") { rest.removeLast() }
        if let slash = rest.firstIndex(of: "/") {
            throw .path(String(rest[slash...].prefix(40)))
        }
        let digits: Substring?
        (host, digits) = try Self.split(rest)
        if let digits {
            guard let port = Self.port(digits) else { throw .badPort(String(digits)) }
            self.port = port
        } else if let port = transport.usualPort {
            self.port = port
        } else {
            throw .noPort
        }
    }

    private init(transport: Transport, host: String, port: UInt16, publicKey: PublicKey?) {
        self.transport = transport
        self.host = host
        self.port = port
        self.publicKey = publicKey
    }

    /// The same server with its key.
    package func pinned(to key: PublicKey) -> ServerAddress {
        ServerAddress(transport: transport, host: host, port: port, publicKey: key)
    }

    /// The address without the key, by which a server is remembered.
    package var place: String {
        let host = host.contains(":") ? "[\(host)]" : host
        let start = transport == .udp ? "" : "\(transport.rawValue)://"
        return port == transport.usualPort ? start + host : "\(start)\(host):\(port)"
    }

    // MARK: Parts

    private static func cutKey(
        from rest: inout Substring
    ) throws(ServerAddressError) -> PublicKey? {
        guard let mark = rest.firstIndex(of: "#") else { return nil }
        let text = rest[rest.index(after: mark)...]
        guard let id = NodeID(text) else { throw .badID(String(text)) }
        rest = rest[..<mark]
        return id.publicKey
    }

    private static func cutTransport(
        from rest: inout Substring
    ) throws(ServerAddressError) -> Transport {
        guard let range = rest.firstRange(of: "://") else { return .udp }
        let scheme = rest[..<range.lowerBound].lowercased()
        guard !scheme.isEmpty, let transport = Transport(rawValue: scheme) else {
            throw .unknownScheme(String(rest[..<range.lowerBound]))
        }
        rest = rest[range.upperBound...]
        return transport
    }

    /// The host, and the digits behind its colon if there is one.
    private static func split(
        _ text: Substring
    ) throws(ServerAddressError) -> (host: String, port: Substring?) {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]"),
                let ip = IPAddress(text[text.index(after: text.startIndex)..<end]), ip.isIPv6
            else { throw .badHost(String(text)) }
            let rest = text[text.index(after: end)...]
            guard !rest.isEmpty else { return (ip.description, nil) }
            guard rest.hasPrefix(":") else { throw .badHost(String(text)) }
            return (ip.description, rest.dropFirst())
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2 else { throw .bracketsMissing(String(text)) }
        let host = parts[0].lowercased()
        guard isHost(host) else { throw .badHost(host) }
        return (host, parts.count == 2 ? parts[1] : nil)
    }

    /// An IPv4 address, or labels of letters, digits, `-` and `_`. What is all digits and dots and
    /// no address is most likely a mistake in one.
    private static func isHost(_ text: String) -> Bool {
        if IPAddress(text) != nil { return true }
        guard (1...hostLimit).contains(text.utf8.count) else { return false }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        let areLabels = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.utf8.allSatisfy(isPermitted)
        }
        return areLabels && labels.last.map { !$0.allSatisfy(\.isNumber) } ?? false
    }

    /// 1...65535 in decimal without leading zeros.
    private static func port(_ text: Substring) -> UInt16? {
        guard (1...5).contains(text.utf8.count), !text.hasPrefix("0"),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return UInt16(text)
    }

    private static func isPermitted(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension ServerAddress: CustomStringConvertible {
    /// Can be read again.
    package var description: String {
        publicKey.map { "\(place)#\(NodeID($0))" } ?? place
    }
}

/// Why a text is no address of a rendezvous server.
package enum ServerAddressError: Error, Equatable {
    case empty
    case noPort
    case badPort(String)
    case badHost(String)
    /// An IPv6 address whose end cannot be told from the port.
    case bracketsMissing(String)
    case unknownScheme(String)
    /// Something stands behind host and port.
    case path(String)
    case badID(String)
}

extension ServerAddressError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .empty: "an address is missing"
        case .noPort: "the port is missing"
        case .badPort(let text): "'\(text.escapedForMessage)' is no port: 1 to 65535"
        case .badHost(let text): "'\(text.escapedForMessage)' is neither a name nor an address"
        case .bracketsMissing(let text):
            "'\(text.escapedForMessage)': an IPv6 address stands in brackets"
        case .unknownScheme(let text): "'\(text.escapedForMessage)://' is not supported"
        case .path(let text): "'\(text.escapedForMessage)' cannot be part of a server's address"
        case .badID(let text):
            "'\(text.escapedForMessage)' is no node ID; a character may be wrong or missing"
        }
    }

    package var hint: String? {
        switch self {
        case .badID: "what the server printed when it started goes behind the '#'"
        case .bracketsMissing: "write [2001:db8::1]:7070"
        case .empty, .noPort, .badPort, .badHost, .unknownScheme, .path:
            "write HOST:PORT[#ID], or wss://HOST[:PORT][#ID]"
        }
    }
}
