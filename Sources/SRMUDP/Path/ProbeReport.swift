/// What is known of one address where the peer may be, for people.
package struct ProbeReport: Equatable, Sendable {
    /// How we know the address.
    package enum Source: Equatable, Sendable {
        /// From the peer's CANDIDATES.
        case candidate(Candidate.Kind)
        /// Given to us: a ticket, the peers file, the rendezvous, a link of ours.
        case given
        /// Something of the peer came from there (RFC 8445, peer-reflexive).
        case observed
    }

    package enum State: Equatable, Sendable {
        /// Not tried, because the policy of the connection does not want it.
        case excluded
        /// Not tried yet.
        case waiting
        /// Tried, and not given up for this round.
        case probing
        /// It did not answer in the last round; it is tried again in the next one.
        case silent
        /// It answered.
        case answered
        /// It works and is kept warm.
        case ready
        /// It works again, after having failed in use, and has to show that it lasts.
        case resting
        /// It carries the data.
        case inUse
    }

    package let address: SocketAddress
    package let source: Source
    package let state: State
    package let probesSent: Int
    package let lastAnswer: Instant?
    package let roundTrip: Interval?

    package var pathKind: PathKind { PathKind(address) }
}
