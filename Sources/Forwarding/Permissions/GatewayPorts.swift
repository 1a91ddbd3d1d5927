/// At which addresses a peer may have us listen, besides loopback (ssh's `GatewayPorts`).
package enum GatewayPorts: String, CaseIterable, Sendable {
    /// At none.
    case no
    /// At those that the peer names, also all of them.
    case clientSpecified = "clientspecified"
    /// At all of them together, or at loopback alone.
    case yes

    /// - Parameter text: in any case of letters.
    package init?(_ text: String) { self.init(rawValue: text.lowercased()) }
}
