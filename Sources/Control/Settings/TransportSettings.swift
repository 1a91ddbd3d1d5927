/// What a user may change about the transport; each has its default here.
package struct TransportSettings: Equatable, Sendable {
    package enum Congestion: String, CaseIterable, Sendable {
        /// RFC 9438.
        case cubic
        /// Models the path's bandwidth and round-trip time.
        case model
    }

    /// How the sending rate is found.
    package var congestion = Congestion.model
    /// How long a connection without any path is kept, with its flows: 15 minutes.
    package var hold = Lifetime.minutes(15)
    /// Whether the kernel may take and hand over many datagrams at once.
    package var usesOffload = true
    /// The largest UDP payload in bytes that is tried, 1200...65000.
    package var largestDatagram = 65_000
    /// Whether peers are told where this node may be reached, so that they find better paths.
    package var tellsAddresses = true
    /// How long a flow of datagrams may be idle; nil: as `DatagramLimits` has it.
    package var udpTimeout: Lifetime?

    package init() {}
}
