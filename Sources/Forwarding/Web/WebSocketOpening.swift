import SRMUDP

/// The opening handshake of a client (RFC 6455 section 4.1).
package struct WebSocketOpening: Sendable {
    /// What the server chose of all that was offered.
    package struct Choice: Equatable, Sendable {
        package var subprotocol: String?
        package var compression: DeflateAgreement?
    }

    package let request: HTTPRequestHead
    private let protocols: [String]
    private let compression: CompressionSettings?
    private let key: String

    /// - Parameters:
    ///   - host: name or address of the server, in brackets if IPv6, with its port unless that is the
    ///     usual one.
    ///   - target: path and perhaps query.
    ///   - protocols: tokens.
    ///   - compression: what is offered, or nil for none.
    package init(
        host: String, target: String, protocols: [String] = [],
        compression: CompressionSettings? = nil, random: any RandomSource
    ) {
        key = Base64.encode(random.bytes(count: 16))
        self.protocols = protocols
        self.compression = compression
        var fields = HTTPFields([
            "Host": host, "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13",
        ])
        if !protocols.isEmpty {
            fields.append("Sec-WebSocket-Protocol", protocols.joined(separator: ", "))
        }
        if let compression {
            fields.append(WebSocketExtension.field, DeflateAgreement.offerText(compression))
        }
        request = HTTPRequestHead(method: "GET", target: target, fields: fields)
    }

    /// Checks the server's answer.
    package func check(
        _ response: HTTPResponseHead
    ) throws(WebSocketOpeningError) -> Choice {
        guard response.status == 101 else { throw WebSocketOpeningError(response) }
        let fields = response.fields
        guard response.minorVersion == 1, fields.hasToken("websocket", in: "Upgrade"),
            fields.hasToken("upgrade", in: "Connection")
        else { throw .otherProtocol }
        guard fields.values("Sec-WebSocket-Accept") == [WebSocketRequest.acceptance(of: key)]
        else { throw .wrongAcceptance }
        let agreement = try agreement(in: fields)
        let chosen = fields.values("Sec-WebSocket-Protocol")
        guard chosen.count <= 1, chosen.allSatisfy(protocols.contains) else {
            throw .unexpectedProtocol
        }
        return Choice(subprotocol: chosen.first, compression: agreement)
    }

    private func agreement(
        in fields: HTTPFields
    ) throws(WebSocketOpeningError) -> DeflateAgreement? {
        guard let extensions = WebSocketExtension.list(in: fields) else {
            throw .unexpectedExtension
        }
        if extensions.isEmpty { return nil }
        guard let compression else { throw .unexpectedExtension }
        return try DeflateAgreement(answer: extensions, to: compression)
    }
}

/// Why a server's answer opened no WebSocket, for the user to read.
package enum WebSocketOpeningError: Error, Equatable, Sendable {
    /// The server sends us elsewhere; we do not go.
    case redirect(status: Int, location: String)
    /// The server answered with something else: a page, or an error.
    case response(status: Int, reason: String, contentType: String?)
    /// It changed to a protocol, but not to this one.
    case otherProtocol
    case wrongAcceptance
    case unexpectedExtension
    case wrongCompression
    case unexpectedProtocol

    /// For a response that is not 101.
    init(_ response: HTTPResponseHead) {
        if (300...399).contains(response.status), let place = response.fields["Location"] {
            self = .redirect(status: response.status, location: place)
        } else {
            self = .response(
                status: response.status, reason: response.reason,
                contentType: response.fields["Content-Type"])
        }
    }
}

extension WebSocketOpeningError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .redirect(let status, let location):
            "the server redirects to \(location.printable) (\(status)), "
                + "which is not followed"
        case .response(let status, let reason, let contentType):
            "the server answered \(status)\(reason.isEmpty ? "" : " ")\(reason.printable)"
                + (contentType.map { " (\($0.printable))" } ?? "")
                + " and opened no WebSocket"
        case .otherProtocol: "the server changed to a protocol that is not WebSocket"
        case .wrongAcceptance:
            "the server's answer does not fit our key: it may come from a cache"
        case .unexpectedExtension: "the server uses an extension that we did not ask for"
        case .wrongCompression: "the server compresses in a way that we did not ask for"
        case .unexpectedProtocol: "the server chose a subprotocol that we did not ask for"
        }
    }
}
