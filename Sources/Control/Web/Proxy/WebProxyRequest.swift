import Forwarding

/// What a client asks for at `/v0/ws/proxy`, as its query and its subprotocols say it.
///
///     remote_host=H&remote_port=P[&encryption_key=K][&client_id=C][&frames=binary]   a link
///     peer=NAME&target=HOST:PORT                                                     a flow
///
/// The key of a link may also come as the subprotocol `key.` with the key's UTF-8 in base64url
/// behind it, or in the first message. The token, which comes in several ways too, is not looked
/// at here.
package struct WebProxyRequest: Equatable {
    package enum Form: Equatable {
        /// An encrypted link over UDP to whoever has the same key; without one, the first message
        /// brings it.
        case link(WebProxyPlace, key: WebProxyKey?)
        /// A flow to what a paired peer connects to.
        case flow(peer: String, target: WebProxyPlace)
    }

    /// How binary messages go to the client of a link.
    package enum Framing: Equatable {
        /// In base64, inside JSON.
        case json
        /// As they are.
        case binary
    }

    /// Characters of a `client_id`.
    package static let clientIDLimit = 128
    /// The subprotocol that is agreed on when it is offered.
    package static let subprotocol = "p2pfwd"
    private static let keyPrefix = "key."
    private static let linkNames = [
        "remote_host", "remote_port", "encryption_key", "client_id", "frames",
    ]
    private static let flowNames = ["peer", "target"]

    package let form: Form
    /// What the client calls itself in a `connection_id`.
    package let clientID: String?
    let framing: Framing

    /// - Parameter protocols: the subprotocols that the client offers.
    package init(_ query: WebProxyQuery, protocols: [String]) throws(WebProxyRefusal) {
        let isFlow = query["peer"] != nil || query["target"] != nil
        if isFlow, query["remote_host"] != nil || query["remote_port"] != nil {
            throw .parameters(
                "write remote_host and remote_port for a link, or peer and target for a flow")
        }
        let names = isFlow ? Self.flowNames : Self.linkNames
        try query.expect(["token"] + names)
        let keys = protocols.filter { $0.hasPrefix(Self.keyPrefix) }
        // The server names the protocol that it takes, and must not repeat a secret.
        if !protocols.isEmpty, !protocols.contains(Self.subprotocol) {
            throw .parameters("offer the subprotocol '\(Self.subprotocol)', too")
        }
        form = isFlow ? try Self.flow(query, keys) : try Self.link(query, keys)
        clientID = try Self.clientID(query["client_id"])
        framing = try Self.framing(query["frames"])
    }

    private static func link(
        _ query: WebProxyQuery, _ keys: [String]
    ) throws(WebProxyRefusal) -> Form {
        let place = try WebProxyPlace(
            host: try query.required("remote_host"), port: try query.required("remote_port"),
            names: ("remote_host", "remote_port"))
        guard keys.count + (query["encryption_key"] == nil ? 0 : 1) <= 1 else {
            throw .twice("encryption_key")
        }
        if let text = query["encryption_key"] {
            return .link(place, key: try WebProxyKey(text))
        }
        guard let word = keys.first else { return .link(place, key: nil) }
        guard let bytes = TextCoding.base64URL.decode(word.dropFirst(keyPrefix.count)),
            let text = String(validating: bytes, as: UTF8.self)
        else {
            throw .parameters("the key in the subprotocol is not UTF-8 in base64url")
        }
        return .link(place, key: try WebProxyKey(text))
    }

    private static func flow(
        _ query: WebProxyQuery, _ keys: [String]
    ) throws(WebProxyRefusal) -> Form {
        guard keys.isEmpty else { throw .parameters("a flow to a peer needs no encryption_key") }
        let peer = try query.required("peer")
        guard Peer.isValid(name: peer) else {
            throw .parameters("'peer' is not the name of a peer")
        }
        let target = try query.required("target")
        guard let colon = target.lastIndex(of: ":") else {
            throw .parameters("'target' is not of the form host:port")
        }
        let host = target[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]") && host.contains(":")
        guard isBracketed || !host.contains(":") else {
            throw .parameters("'target' has an IPv6 address without brackets, as in [::1]:80")
        }
        let place = try WebProxyPlace(
            host: String(isBracketed ? host.dropFirst().dropLast() : host),
            port: String(target[target.index(after: colon)...]), names: ("target", "target"))
        return .flow(peer: peer, target: place)
    }

    private static func clientID(_ text: String?) throws(WebProxyRefusal) -> String? {
        guard let text else { return nil }
        guard isVisible(text) else {
            throw .parameters(
                "'client_id' is not 1 to \(clientIDLimit) visible ASCII characters without blanks")
        }
        return text
    }

    private static func isVisible(_ text: String) -> Bool {
        (1...clientIDLimit).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    }

    private static func framing(_ text: String?) throws(WebProxyRefusal) -> Framing {
        switch text {
        case nil, "json": .json
        case "binary": .binary
        default: throw .parameters("'frames' is neither 'json' nor 'binary'")
        }
    }
}
