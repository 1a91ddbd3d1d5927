import Forwarding

/// Finds the token of a request: `Authorization: Bearer TOKEN`, the subprotocol `token.TOKEN` of a
/// WebSocket, or the parameter `token` of the query.
///
/// The first two keep it out of URLs, which end up in histories and logs. There may be one in all.
package enum WebTokenSource {
    package static let subprotocolPrefix = "token."
    package static let parameter = "token"

    /// - Returns: nil if there is none.
    /// - Throws: `malformed`
    package static func token(of head: HTTPRequestHead) throws(WebTokenRefusal) -> String? {
        var tokens: [String] = []
        if let bearer = try bearer(of: head.fields) { tokens.append(bearer) }
        tokens += try subprotocols(of: head.fields)
        do throws(WebQuery.Mistake) {
            // An empty one is as good as none.
            let token = try WebQuery(head.query).value(parameter)
            if let token, !token.isEmpty { tokens.append(token) }
        } catch {
            throw .malformed("\(error)")
        }
        guard tokens.count <= 1 else { throw .malformed("there is more than one token") }
        return tokens.first
    }

    private static func bearer(of fields: HTTPFields) throws(WebTokenRefusal) -> String? {
        let values = fields.values("Authorization")
        guard let value = values.first else { return nil }
        guard values.count == 1 else { throw .malformed("there is more than one Authorization") }
        let words = value.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer" else {
            throw .malformed("the Authorization must be 'Bearer TOKEN'")
        }
        return String(words[1])
    }

    private static func subprotocols(of fields: HTTPFields) throws(WebTokenRefusal) -> [String] {
        let tokens = fields.elements("Sec-WebSocket-Protocol")
            .filter { $0.hasPrefix(subprotocolPrefix) }
            .map { String($0.dropFirst(subprotocolPrefix.count)) }
        guard !tokens.contains("") else { throw .malformed("a subprotocol has no token in it") }
        return tokens
    }
}
