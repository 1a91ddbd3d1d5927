/// Datagrams of equal size (the last may be shorter) to one destination.
package struct OutgoingBatch: Sendable {
    /// Where the bytes are in the storage that is sent from.
    package var range: Range<Int>
    package var segmentSize: Int
    package var destination: SocketAddress
    /// The two ECN bits of the IP header (RFC 3168 section 5): 2 for ECT(0).
    package var ecn: UInt8
    /// After so many routers the datagrams are dropped; 0 leaves it to the system.
    package var hopLimit: UInt8
    /// The local address to send from, `nil` for the system's choice. Of the destination's family.
    package var source: IPAddress?

    package init(
        range: Range<Int>, segmentSize: Int, destination: SocketAddress,
        ecn: UInt8 = 0, hopLimit: UInt8 = 0, source: IPAddress? = nil
    ) {
        self.range = range
        self.segmentSize = segmentSize
        self.destination = destination
        self.ecn = ecn
        self.hopLimit = hopLimit
        self.source = source
    }

    package var datagramCount: Int { (range.count + segmentSize - 1) / max(segmentSize, 1) }
}
