import Forwarding

/// Why a request at `/v0/ws/proxy` opens no WebSocket.
package struct WebProxyRefusal: Error, Equatable {
    /// Of the HTTP answer.
    package let status: Int
    /// For programs: lower-case words joined by `_`.
    package let code: String
    /// For people. Names of parameters are in it, values are not: some are secrets.
    package let message: String
    /// What else the answer has.
    package var fields = HTTPFields()

    /// The query or the subprotocols are not what they must be.
    package static func parameters(_ message: String) -> WebProxyRefusal {
        WebProxyRefusal(status: 400, code: "invalid_parameters", message: message)
    }

    /// The token is good, but not for this.
    package static func forbidden(_ message: String) -> WebProxyRefusal {
        WebProxyRefusal(status: 403, code: "forbidden", message: message)
    }
}
