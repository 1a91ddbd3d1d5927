/// A request of plain HTTP as it is passed on: addressed to the server instead of to the proxy.
///
/// The absolute URL becomes a path, and its host the Host (RFC 9112 section 3.2.2). What is meant for
/// one connection only (RFC 9110 section 7.6.1) and all that begins with `Proxy-` is left out; every
/// other field goes on byte by byte. No Via is added: it would tell servers that there is a proxy.
package struct HTTPProxyRequest: Equatable {
    package let target: HostPort
    /// The head for the server.
    package let head: [UInt8]
    package let body: HTTPBody.Framing
    /// The response has no body, whatever its fields say.
    package let isHead: Bool
    /// The client offers to speak another protocol from then on.
    package let offersUpgrade: Bool
    /// The client sends no further request on this connection.
    package let isLast: Bool

    /// - Parameter lines: those of the fields in `request`, as they came.
    init(_ request: HTTPRequestHead, lines: [ArraySlice<UInt8>]) throws(ProxyRefusal) {
        let url = try Self.split(request.target)
        guard let target = HostPort(authority: url.authority, defaultPort: 80) else {
            throw .http(.badTarget, status: 400, "the URL names no host and port")
        }
        self.target = target
        body = try Self.framing(of: request)
        isHead = request.method == "HEAD"
        let fields = request.fields
        offersUpgrade =
            request.minorVersion == 1 && fields.hasToken("upgrade", in: "Connection")
            && fields["Upgrade"] != nil
        // Keep-alive of HTTP/1.0 needs an agreement with each hop, and saves little.
        isLast =
            request.minorVersion == 0 || fields.hasToken("close", in: "Connection")
            || fields.hasToken("close", in: "Proxy-Connection")
        var path = String(url.path)
        if !path.hasPrefix("/") {
            path = path.isEmpty && request.method == "OPTIONS" ? "*" : "/" + path
        }
        var head = [UInt8]("\(request.method) \(path) HTTP/1.\(request.minorVersion)\r\n".utf8)
        head += "Host: \(url.authority)\r\n".utf8
        head += HopByHop.passing(lines, of: fields, without: ["host"])
        if offersUpgrade {
            head += "Connection: Upgrade\r\n".utf8
        } else if isLast {
            head += "Connection: close\r\n".utf8
        }
        self.head = head + [0x0d, 0x0a]
    }

    private static func split(
        _ url: String
    ) throws(ProxyRefusal) -> (authority: Substring, path: Substring) {
        guard let mark = url.firstRange(of: "://") else {
            throw .http(.badTarget, status: 400, "this is a proxy; a request needs a whole URL")
        }
        let scheme = url[..<mark.lowerBound].lowercased()
        guard scheme == "http" else {
            let advice = scheme == "https" ? "; ask for it with CONNECT" : ""
            throw .http(.badTarget, status: 400, "only http:// can be passed on\(advice)")
        }
        let rest = url[mark.upperBound...]
        guard !rest.contains("#") else {
            throw .http(.badTarget, status: 400, "a request has no fragment")
        }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        return (rest[..<end], rest[end...])
    }

    private static func framing(
        of request: HTTPRequestHead
    ) throws(ProxyRefusal) -> HTTPBody.Framing {
        do throws(HTTPHeadError) {
            let length = try request.fields.bodyLength(minorVersion: request.minorVersion)
            if let length { return .length(length) }
        } catch {
            throw .http(.malformed, status: error.status, "\(error)")
        }
        guard HTTPBody.isChunked(request.fields) else {
            throw .http(.malformed, status: 501, "only the transfer coding chunked is known")
        }
        return .chunked
    }
}

/// The fields of a head that are meant for one connection only.
enum HopByHop {
    private static let names: Set<String> = ["connection", "keep-alive", "te"]
    /// What says where a message ends or goes: no list of a stranger's can have it left out.
    private static let needed: Set<String> = [
        "content-length", "transfer-encoding", "host", "upgrade",
    ]

    /// The lines that are passed on, each with its end.
    static func passing(
        _ lines: [ArraySlice<UInt8>], of fields: HTTPFields, without others: Set<String> = []
    ) -> [UInt8] {
        let named = fields.elements("Connection").map { $0.lowercased() }
        let dropped = names.union(named).subtracting(needed).union(others)
        var bytes: [UInt8] = []
        for line in lines {
            let name = String(decoding: line.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)
                .lowercased()
            if dropped.contains(name) || name.hasPrefix("proxy-") { continue }
            bytes += line
            bytes += [0x0d, 0x0a]
        }
        return bytes
    }
}
