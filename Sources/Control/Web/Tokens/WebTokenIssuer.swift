/// Makes, tells of and revokes tokens: the node, for calls of the control socket and for routes.
protocol WebTokenIssuer: AnyObject {
    /// - Returns: the text of the new token with everything about it.
    func makeToken(_ request: WebTokenRequest) throws(ControlError) -> JSONValue
    func listTokens() throws(ControlError) -> JSONValue
    /// - Throws: also where there is none with this ID.
    func revokeToken(_ id: String) throws(ControlError)
}
