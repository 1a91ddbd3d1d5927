import Testing

@testable import Forwarding

extension PeerAccount {
    /// The account of a peer that may listen at these places, and do nothing else.
    static func listening(
        at rules: [String], gatewayPorts: GatewayPorts = .no
    ) throws -> PeerAccount {
        var grants = PeerGrants()
        grants.gateway = gatewayPorts
        grants.listen = try rules.map { try #require(ListenRule($0)) }
        return PeerAccount(name: "peer", grants: grants)
    }
}
