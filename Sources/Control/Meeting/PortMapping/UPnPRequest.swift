import SRMUDP

/// What a `PortMapper` wants of a router that speaks UPnP (the service WANIPConnection of the UPnP
/// Forum, version 1). Unlike the other dialects this is a conversation over TCP, so the mapper says
/// what is wanted and not how; `UPnPControl` carries it out.
package enum UPnPRequest: Equatable, Sendable {
    /// The first of these outer ports that nobody else has; asked again, it prolongs the mapping.
    case map(outerPorts: [UInt16], lifetime: Interval)
    /// Whatever was mapped before.
    case remove
}

/// What came of it.
package enum UPnPAnswer: Equatable, Sendable {
    case mapped(SocketAddress, lifetime: Interval)
    case removed
    case failed(PortMappingFailure)
}
