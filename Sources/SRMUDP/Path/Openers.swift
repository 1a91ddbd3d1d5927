/// Datagrams that open the NATs on our side and never reach the peer's.
///
/// Many routers run Linux without a filter for what comes in from outside. There a datagram of the
/// peer that arrives before our first one is taken for one to the router itself, and our own then
/// leaves from another port than the one the peer was told. So before anything that the peer's NAT
/// could see, one byte of no meaning goes out that dies on its way: it makes the mapping. Both sides
/// do so, and send nothing more until the other one's have left.
///
/// When that is the case nobody can tell who only knows an address, perhaps from the last time: the
/// peer has still to be told of the meeting. So we are patient, until something says that the peer
/// takes part (`Connection.peerJoined`), and only then count on it.
package struct Openers: Equatable, Sendable {
    /// One datagram per address for each of these: two routers away for the usual NAT, one more for
    /// a carrier's behind it.
    package var hopLimits: [UInt8] = [2, 3]
    /// Between two of them.
    package var gap: Interval = .milliseconds(4)
    /// From the first opener to an address until the first full datagram to it, if the peer takes
    /// part. Its openers leave within the time that a message to it takes.
    package var wait: Interval = .milliseconds(60)
    /// The same as long as nothing is known of the peer: time to reach a rendezvous server far away,
    /// and to have it call the peer. Who has none of these NATs before him waits in vain, but only
    /// where no server answers.
    package var patience: Interval = .seconds(1)

    package init() {}

    package init(wait: Interval) { self.wait = wait }

    /// How much more than `wait` passes before the first full datagram.
    func delay(hasPeerJoined: Bool) -> Interval {
        hasPeerJoined ? .zero : max(patience - wait, .zero)
    }

    static let datagram: [UInt8] = [0]

    /// One of them, and when it leaves.
    struct Scheduled: Equatable {
        let address: SocketAddress
        let hopLimit: UInt8
        let due: Instant
    }

    /// One pass over all addresses for each hop limit, in the order in which they leave.
    ///
    /// - Parameter delay: comes before the second pass. Between neighbours the NAT of the peer may
    ///   be three routers away, where these datagrams would do what they are to prevent.
    func schedule(
        for addresses: [SocketAddress], delay: Interval = .zero, now: Instant
    ) -> [Scheduled] {
        var due = now
        var all: [Scheduled] = []
        for (pass, hopLimit) in hopLimits.enumerated() {
            if pass == 1 { due += delay }
            for address in addresses {
                all.append(Scheduled(address: address, hopLimit: hopLimit, due: due))
                due += gap
            }
        }
        return all
    }

    /// Whether a NAT may stand between us and `address`.
    static func concern(_ address: SocketAddress) -> Bool {
        let ip = address.ip
        return !ip.isLink && !ip.isPrivate && !ip.isLoopback && !ip.isLinkLocal
    }
}
