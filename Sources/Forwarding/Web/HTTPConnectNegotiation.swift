import SRMUDP

/// Asks an HTTP proxy for a connection with CONNECT (RFC 9110 section 9.3.6), with the user and the
/// password, where there are any, in the Basic scheme (RFC 7617).
package struct HTTPConnectNegotiation {
    private let target: String
    private let credentials: ProxyCredentials?
    private var reader = HTTPHeadReader()
    package private(set) var isDone = false

    package init(host: String, port: UInt16, credentials: ProxyCredentials?) {
        target = HostPort.text(host, port)
        self.credentials = credentials
    }

    package func start() -> [UInt8] {
        var fields = HTTPFields(["Host": target])
        if let credentials {
            let pair = credentials.user + [UInt8(ascii: ":")] + credentials.password.exposed
            fields.append("Proxy-Authorization", "Basic \(Base64.encode(pair))")
        }
        return HTTPRequestHead(method: "CONNECT", target: target, fields: fields).encoded
    }

    package mutating func receive(_ queue: inout ByteQueue) throws(ProxyError) -> [UInt8] {
        guard !isDone, let response = try response(&queue) else { return [] }
        switch response.status {
        // Such an answer has no body, whatever its fields say.
        case 200...299: isDone = true
        case 407: throw credentials == nil ? .credentialsNeeded : .credentialsRefused
        default: throw .refused(status: response.status, reason: response.reason)
        }
        return []
    }

    private mutating func response(
        _ queue: inout ByteQueue
    ) throws(ProxyError) -> HTTPResponseHead? {
        do throws(HTTPHeadError) {
            try reader.receive(from: &queue)
            return reader.isComplete ? try reader.response() : nil
        } catch {
            throw .malformedAnswer
        }
    }
}
