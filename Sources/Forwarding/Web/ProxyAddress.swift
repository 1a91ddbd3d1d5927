import SRMUDP

/// An upstream proxy, as `--proxy` and `ALL_PROXY` name it.
///
///     http://[user:password@]host[:port]       CONNECT; port 80 unless given
///     socks5://[user:password@]host[:port]     SOCKS5; port 1080 unless given
///     socks5h://...                            the same
///
/// Without a scheme it is an HTTP proxy. With both kinds the proxy looks up the names of targets, so
/// that none is asked for here. User and password may have escapes (%40). They appear in no
/// description and in no error.
package struct ProxyAddress: Equatable {
    package enum Kind: Equatable, Sendable {
        case http
        case socks5
    }

    package let kind: Kind
    /// A name, or an address without brackets.
    package let host: String
    package let port: UInt16
    package let credentials: ProxyCredentials?

    package init(
        _ kind: Kind, host: String, port: UInt16, credentials: ProxyCredentials? = nil
    ) {
        self.kind = kind
        self.host = host
        self.port = port
        self.credentials = credentials
    }

    package init(parsing text: String) throws(ProxyAddressError) {
        var rest = text[...]
        var kind = Kind.http
        if let scheme = text.firstRange(of: "://") {
            switch text[..<scheme.lowerBound].lowercased() {
            case "http": kind = .http
            case "socks5", "socks5h": kind = .socks5
            default: throw .unknownScheme
            }
            rest = text[scheme.upperBound...]
        }
        if rest.hasSuffix("/") { rest.removeLast() }
        var credentials: ProxyCredentials?
        if let at = rest.lastIndex(of: "@") {
            credentials = try Self.credentials(rest[..<at], kind: kind)
            rest = rest[rest.index(after: at)...]
        }
        let (host, port) = try Self.hostAndPort(rest)
        self.init(
            kind, host: host, port: port ?? (kind == .http ? 80 : 1080), credentials: credentials)
    }

    private static func credentials(
        _ text: Substring, kind: Kind
    ) throws(ProxyAddressError) -> ProxyCredentials {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let user = unescaped(parts[0]),
            let password = unescaped(parts.dropFirst().first ?? "")
        else { throw .badCredentials }
        // SOCKS has a byte for each length, and HTTP a colon between the two.
        let isPossible =
            kind == .http
            ? !user.contains(UInt8(ascii: ":")) && user.count + password.count <= 1024
            : (1...255).contains(user.count) && (1...255).contains(password.count)
        guard isPossible, !user.contains(0), !password.contains(0) else { throw .badCredentials }
        return ProxyCredentials(user: user, password: SecretBytes(password))
    }

    private static func hostAndPort(
        _ text: Substring
    ) throws(ProxyAddressError) -> (host: String, port: UInt16?) {
        var host = text
        var port: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw .badHost }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { throw .badHost }
            guard IPAddress(host)?.isIPv6 == true else { throw .badHost }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        guard (1...255).contains(host.utf8.count),
            host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && !"/?#@".utf8.contains($0) })
        else { throw .badHost }
        guard let port else { return (String(host), nil) }
        guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(port),
            number != 0
        else { throw .badPort }
        return (String(host), number)
    }

    /// Text with `%40` and the like; nil if an escape is broken.
    private static func unescaped(_ text: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = [UInt8](text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexDigit),
                let low = rest.popFirst().flatMap(hexDigit)
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension ProxyAddress: CustomStringConvertible {
    /// Without user and password.
    package var description: String {
        let scheme = kind == .http ? "http" : "socks5"
        return "\(scheme)://\(HostPort.text(host, port))"
    }
}

/// What a proxy asks of its users.
package struct ProxyCredentials: Equatable {
    package let user: [UInt8]
    package let password: SecretBytes

    package init(user: [UInt8], password: SecretBytes) {
        self.user = user
        self.password = password
    }
}

extension ProxyCredentials: CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why a text names no proxy. It does not repeat the text, which may have a password in it.
package enum ProxyAddressError: Error, Equatable, Sendable {
    case unknownScheme
    case badCredentials
    case badHost
    case badPort
}

extension ProxyAddressError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknownScheme: "a proxy begins with http://, socks5:// or socks5h://"
        case .badCredentials: "the proxy's user or password is malformed or too long"
        case .badHost: "the proxy's host is no name or address; IPv6 needs brackets"
        case .badPort: "the proxy's port is not 1...65535"
        }
    }
}
