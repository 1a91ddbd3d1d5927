/// The head of an HTTP/1 response.
package struct HTTPResponseHead: Equatable, Sendable {
    /// 100...999.
    package let status: Int
    /// Words for people, perhaps none; where a peer chose them, not fit to be shown as they are.
    package let reason: String
    /// 0 or 1, of HTTP/1.x.
    package let minorVersion: Int
    package var fields: HTTPFields

    package init(
        status: Int, reason: String? = nil, minorVersion: Int = 1,
        fields: HTTPFields = HTTPFields()
    ) {
        precondition((100...999).contains(status), "no status")
        self.status = status
        self.reason = reason ?? Self.reason(of: status)
        self.minorVersion = minorVersion
        self.fields = fields
    }

    package var encoded: [UInt8] {
        [UInt8]("HTTP/1.\(minorVersion) \(status) \(reason)\r\n".utf8) + fields.encoded
    }

    /// A whole response that says why a request is refused; the connection ends behind it.
    package static func refusal(
        status: Int, because text: String, fields: HTTPFields = HTTPFields()
    ) -> [UInt8] {
        let body = [UInt8]("\(text)\n".utf8)
        var head = HTTPResponseHead(status: status, fields: fields)
        head.fields.append("Content-Type", "text/plain; charset=utf-8")
        head.fields.append("Content-Length", "\(body.count)")
        head.fields.append("Cache-Control", "no-store")
        head.fields.append("Connection", "close")
        return head.encoded + body
    }

    /// The usual words for the statuses that we send (RFC 9110 section 15).
    private static func reason(of status: Int) -> String {
        switch status {
        case 100: "Continue"
        case 101: "Switching Protocols"
        case 200: "OK"
        case 201: "Created"
        case 204: "No Content"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 407: "Proxy Authentication Required"
        case 408: "Request Timeout"
        case 413: "Content Too Large"
        case 415: "Unsupported Media Type"
        case 417: "Expectation Failed"
        case 421: "Misdirected Request"
        case 426: "Upgrade Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        default: "Status \(status)"
        }
    }
}
