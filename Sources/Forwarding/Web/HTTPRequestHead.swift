/// The head of an HTTP/1 request.
package struct HTTPRequestHead: Equatable, Sendable {
    package let method: String
    /// As it was sent: a path with a query, an absolute URL, `host:port` for CONNECT, or `*`.
    package let target: String
    /// 0 or 1, of HTTP/1.x.
    package let minorVersion: Int
    package var fields: HTTPFields

    /// - Parameters:
    ///   - method: a token.
    ///   - target: visible ASCII characters, at least one.
    package init(
        method: String, target: String, minorVersion: Int = 1, fields: HTTPFields = HTTPFields()
    ) {
        precondition(
            HTTPCharacters.isToken(method.utf8) && !target.isEmpty
                && target.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }, "no request")
        self.method = method
        self.target = target
        self.minorVersion = minorVersion
        self.fields = fields
    }

    /// The target up to its query.
    package var path: String { String(target.prefix { $0 != "?" }) }

    /// What stands behind the first question mark, nil if there is none.
    package var query: String? {
        guard let mark = target.firstIndex(of: "?") else { return nil }
        return String(target[target.index(after: mark)...])
    }

    /// Whether a body follows; its length is not looked at.
    package var hasBody: Bool {
        let length = try? fields.bodyLength(minorVersion: minorVersion)
        return length != .some(0)
    }

    package var encoded: [UInt8] {
        [UInt8]("\(method) \(target) HTTP/1.\(minorVersion)\r\n".utf8) + fields.encoded
    }
}
