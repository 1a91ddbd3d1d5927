/// Datagrams that open the NATs on our side and never reach the peer's.
///
/// Many routers run Linux without a filter for what comes in from outside. There a datagram of the
/// peer that arrives before our first one is taken for one to the router itself, and our own then
/// leaves from another port than the one the peer was told. So before anything that the peer's NAT
/// could see, one byte of no meaning goes out that dies on its way: it makes the mapping. Both sides
/// do so and wait a little, long enough for the other one's to have left.
package struct Openers: Equatable, Sendable {
    /// One datagram per address for each of these: two routers away for the usual NAT, one more for
    /// a carrier's behind it.
    package var hopLimits: [UInt8] = [2, 3]
    /// Between two of them.
    package var gap: Interval = .milliseconds(4)
    /// From the first opener to an address until the first full datagram to it. The other side learns
    /// of the meeting later than we do or earlier; a round trip to the rendezvous covers that.
    package var wait: Interval = .milliseconds(60)

    package init() {}

    package init(wait: Interval) { self.wait = wait }

    static let datagram: [UInt8] = [0]

    /// One of them, and when it leaves.
    struct Scheduled: Equatable {
        let address: SocketAddress
        let hopLimit: UInt8
        let due: Instant
    }

    /// One pass over all addresses for each hop limit, in the order in which they leave.
    func schedule(for addresses: [SocketAddress], now: Instant) -> [Scheduled] {
        var due = now
        var all: [Scheduled] = []
        for hopLimit in hopLimits {
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
