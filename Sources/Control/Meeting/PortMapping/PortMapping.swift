import SRMUDP

/// A UDP port that a gateway forwards to us.
package struct PortMapping: Equatable, Sendable {
    package enum Dialect: String, Sendable, CaseIterable {
        case pcp = "PCP"
        case natPMP = "NAT-PMP"
        case upnp = "UPnP"
    }

    package let dialect: Dialect
    /// Where the internet reaches us.
    package let external: SocketAddress
    /// When it ends unless it is renewed.
    package let expiry: Instant

    package var candidate: Candidate { Candidate(.portMapped, external) }
}

/// What a `PortMapper` has to tell.
package enum PortMapperEvent: Equatable, Sendable {
    /// The port is open now; also when its outer address has changed.
    case mapped(PortMapping)
    /// The mapping is gone; another will be asked for.
    case lost(PortMapping, PortMappingFailure)
    /// There is none; it will be asked for again later.
    case failed(PortMappingFailure)
    /// It was given back, and the gateway confirmed that if `isConfirmed`. Nothing follows.
    case released(isConfirmed: Bool)
}
