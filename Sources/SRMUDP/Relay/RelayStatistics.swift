/// What a relay carried and what it did not.
package struct RelayStatistics: Equatable, Sendable {
    /// Datagrams, and their bytes with the header of nine.
    package struct Count: Equatable, Sendable {
        package internal(set) var datagrams: UInt64 = 0
        package internal(set) var bytes: UInt64 = 0
    }

    /// Why a datagram was dropped.
    package enum Drop: Int, Sendable, CaseIterable {
        /// It has no room for a header and something behind it.
        case malformed
        case unknownChannel
        /// The ID of a side, but not from where that side is.
        case wrongSource
        /// The other side has not come yet.
        case notJoined
        /// Beyond the rate of the channel.
        case rateExceeded
        /// The socket or the link was full.
        case full
        /// Larger than the way to the other side allows.
        case tooBig
        /// The system or the link could not send there.
        case unreachable
    }

    package internal(set) var forwarded = Count()
    private var drops = [Count](repeating: Count(), count: Drop.allCases.count)

    package init() {}

    /// For whatever reason.
    package var droppedInAll: Count {
        drops.reduce(into: Count()) { sum, count in
            sum.datagrams += count.datagrams
            sum.bytes += count.bytes
        }
    }

    package subscript(reason: Drop) -> Count { drops[reason.rawValue] }

    mutating func countForwarded(datagrams: Int, bytes: Int) {
        forwarded.datagrams += UInt64(datagrams)
        forwarded.bytes += UInt64(bytes)
    }

    mutating func countDropped(_ reason: Drop, datagrams: Int, bytes: Int) {
        drops[reason.rawValue].datagrams += UInt64(datagrams)
        drops[reason.rawValue].bytes += UInt64(bytes)
    }
}
