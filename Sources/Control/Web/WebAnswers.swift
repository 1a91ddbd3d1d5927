import Forwarding

// The answers of the web server, which are JSON.
extension HTTPResponse {
    package static func json(_ value: JSONValue, status: Int = 200) -> HTTPResponse {
        HTTPResponse(
            status: status, fields: HTTPFields(["Content-Type": "application/json"]),
            body: [UInt8]("\(value.text)\n".utf8))
    }

    /// `{"error":{"code":...,"message":...},"detail":...}`; older clients read `detail`.
    ///
    /// - Parameters:
    ///   - code: a word for programs.
    ///   - message: a sentence for people.
    package static func error(
        _ status: Int, _ code: String, _ message: String, fields: HTTPFields = HTTPFields()
    ) -> HTTPResponse {
        var response = json(
            .object([
                ("error", .object([("code", .string(code)), ("message", .string(message))])),
                ("detail", .string(message)),
            ]), status: status)
        response.fields.complete(with: fields)
        return response
    }
}

extension HTTPResponse {
    /// The answer to a request that opens no WebSocket.
    package static func refusal(of error: WebSocketRefusal) -> HTTPResponse {
        .error(error.status, "no_websocket", error.description, fields: error.fields)
    }
}
