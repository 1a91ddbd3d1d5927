import SRMUDP

/// What a peer may do at this node. As it is made: nothing.
package struct PeerGrants: Equatable, Sendable {
    /// What it may have dialled.
    package var open = AccessPolicy.nothing
    /// Where it may have us listen.
    package var listen: [ListenRule] = []
    package var gateway = GatewayPorts.no
    /// Whether it may be taken to other peers through this node.
    package var mayRelay = false
    /// How many flows it may have here at a time; nil: as many as the session carries.
    package var maximumFlows: Int?
    /// Bytes a second in both directions together; nil: as fast as it goes.
    package var rate: Int64?
    /// Whether a person or a command is asked about what no rule permits.
    package var asks = false
    /// Destinations that are told where a connection comes from (`ProxyHeader`).
    package var announced = AccessPolicy.nothing

    package init() {}

    /// 1...1,000,000.
    package static let flowRange = 1...1_000_000
    /// 1 KiB to 1 TiB a second.
    package static let rateRange: ClosedRange<Int64> = 1_024...(1 << 40)

    /// Whether this address, which the target's host resolved to, may be dialled.
    package func permits(_ target: HostPort, at address: IPAddress, isDynamic: Bool) -> Bool {
        open.permits(
            requestedHost: target.host, address: address, port: target.port, isDynamic: isDynamic)
    }

    /// Whether some address of the target could pass at all.
    package func couldPermit(_ target: HostPort, isDynamic: Bool) -> Bool {
        open.couldPermit(requestedHost: target.host, port: target.port, isDynamic: isDynamic)
    }
}
