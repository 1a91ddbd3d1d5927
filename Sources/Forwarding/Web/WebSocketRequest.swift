import SRMUDP

/// A client's opening handshake as a server sees it (RFC 6455 section 4.2.1): checked, and not yet
/// answered.
///
/// Host and Origin are for the caller to judge, who knows which are its own.
package struct WebSocketRequest: Equatable, Sendable {
    package let head: HTTPRequestHead
    /// The subprotocols asked for, the preferred one first.
    package let protocols: [String]
    /// The extensions offered, the preferred one first.
    package let extensions: [WebSocketExtension]
    private let key: String

    package var path: String { head.path }
    package var host: String { head.fields["Host"] ?? "" }
    /// The site whose script asks; programs send none.
    package var origin: String? { head.fields["Origin"] }

    package init(_ head: HTTPRequestHead) throws(WebSocketRefusal) {
        guard head.method == "GET" else { throw .method }
        let fields = head.fields
        guard head.minorVersion == 1 else { throw .httpVersion }
        guard fields.hasToken("websocket", in: "Upgrade") else { throw .noUpgrade }
        guard fields.hasToken("upgrade", in: "Connection") else { throw .noConnectionUpgrade }
        guard !head.hasBody else { throw .body }
        let versions = fields.values("Sec-WebSocket-Version")
        guard versions.count == 1 else { throw .versionMissing }
        guard versions == ["13"] else { throw .version }
        let keys = fields.values("Sec-WebSocket-Key")
        guard keys.count == 1, keys[0].utf8.count == 24, Base64.decode(keys[0])?.count == 16
        else { throw .key }
        let protocols = fields.elements("Sec-WebSocket-Protocol")
        guard protocols.allSatisfy({ HTTPCharacters.isToken($0.utf8) }),
            Set(protocols).count == protocols.count
        else { throw .protocols }
        guard let extensions = WebSocketExtension.list(in: fields) else { throw .extensions }
        self.head = head
        self.protocols = protocols
        self.extensions = extensions
        key = keys[0]
    }

    /// The answer that opens the WebSocket.
    ///
    /// - Parameters:
    ///   - subprotocol: one of `protocols`, or nil.
    ///   - compression: what was agreed on, or nil.
    package func response(
        subprotocol: String? = nil, compression: DeflateAgreement? = nil
    ) -> HTTPResponseHead {
        precondition(subprotocol.map(protocols.contains) ?? true, "nobody asked for that")
        var fields = HTTPFields([
            "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Accept": Self.acceptance(of: key),
        ])
        if let subprotocol { fields.append("Sec-WebSocket-Protocol", subprotocol) }
        if let compression { fields.append(WebSocketExtension.field, compression.response) }
        return HTTPResponseHead(status: 101, fields: fields)
    }

    /// What proves that the server understood `key` as one of a WebSocket (section 4.2.2).
    static func acceptance(of key: String) -> String {
        Base64.encode(SHA1.digest([UInt8]("\(key)258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8)))
    }
}

/// Why a request opens no WebSocket.
package enum WebSocketRefusal: Error, Equatable, Sendable {
    case method
    case httpVersion
    case noUpgrade
    case noConnectionUpgrade
    case body
    case versionMissing
    /// A version of the protocol other than 13.
    case version
    /// The key is missing, there more than once, or not 16 bytes in base64.
    case key
    case protocols
    case extensions

    package var status: Int {
        switch self {
        case .method: 405
        case .noUpgrade, .version: 426
        default: 400
        }
    }

    /// What its answer has besides the status.
    package var fields: HTTPFields {
        var fields = HTTPFields()
        switch self {
        case .method: fields.append("Allow", "GET")
        case .noUpgrade, .version:
            fields.append("Upgrade", "websocket")
            fields.append("Sec-WebSocket-Version", "13")
        default: break
        }
        return fields
    }

    /// The whole response.
    package var response: [UInt8] {
        HTTPResponseHead.refusal(status: status, because: description, fields: fields)
    }
}

extension WebSocketRefusal: CustomStringConvertible {
    package var description: String {
        switch self {
        case .method: "a WebSocket is opened with GET"
        case .httpVersion: "a WebSocket needs HTTP/1.1"
        case .noUpgrade: "this is the place of a WebSocket"
        case .noConnectionUpgrade: "the Connection field does not say upgrade"
        case .body: "a request for a WebSocket has no body"
        case .versionMissing: "there is not one Sec-WebSocket-Version"
        case .version: "the version of the WebSocket protocol is not 13"
        case .key: "there is not one Sec-WebSocket-Key of 16 bytes in base64"
        case .protocols: "the subprotocols are malformed"
        case .extensions: "the extensions are malformed"
        }
    }
}
