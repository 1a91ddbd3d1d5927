/// An answer of an `HTTPServer` with its whole body.
///
/// Content-Length and Connection are the server's to say; `fields` has neither.
package struct HTTPResponse: Equatable, Sendable {
    /// 200...599.
    package var status: Int
    package var fields: HTTPFields
    package var body: [UInt8]
    /// Whether the connection ends behind it.
    package var endsConnection = false

    package init(status: Int, fields: HTTPFields = HTTPFields(), body: [UInt8] = []) {
        precondition((200...599).contains(status), "no final status")
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// A text for people.
    package static func text(status: Int, _ text: String) -> HTTPResponse {
        HTTPResponse(
            status: status, fields: HTTPFields(["Content-Type": "text/plain; charset=utf-8"]),
            body: [UInt8]("\(text)\n".utf8))
    }

    /// The head, as it goes out.
    func head(endsConnection: Bool) -> HTTPResponseHead {
        var head = HTTPResponseHead(status: status, fields: fields)
        // These two have no body, and none is announced (RFC 9110 section 8.6).
        if status != 204, status != 304 { head.fields.append("Content-Length", "\(body.count)") }
        if endsConnection { head.fields.append("Connection", "close") }
        return head
    }
}
