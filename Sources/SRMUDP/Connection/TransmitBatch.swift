/// Datagrams for one destination, ready to be sent with one system call.
///
/// They stand one behind the other in one block, all `segmentSize` bytes long but the last, which
/// may be shorter: just what UDP segmentation offload wants.
package struct TransmitBatch: ~Copyable {
    /// 64 segments at most per call (Linux: UDP_MAX_SEGMENTS), and 65,507 bytes of UDP payload.
    package static let maximumSegments = 64
    package static let capacity = 65_507
    /// With shorter runs of bytes, sealing in parts costs more than copying them saves.
    private static let smallestLoan = 4_096

    package var writer = ByteWriter(capacity: capacity, smallestLoan: smallestLoan)
    package var segmentSize = 0
    package var destination = SocketAddress(.anyIPv4, port: 0)
    /// The two ECN bits of the IP header: 0, or 2 for ECT(0).
    package var ecn: UInt8 = 0
    /// After so many routers the datagrams are dropped; 0 leaves it to the system. A small one opens
    /// the NATs on our side and does not reach those of the peer.
    package var hopLimit: UInt8 = 0

    package init() {}

    package var length: Int { writer.position }
    /// How long the batch may become. Over a link it stays shorter, so that the header of a relay
    /// before each datagram does not make a second run of it.
    package var limit: Int { destination.ip.isLink ? MTUDiscovery.largestSize : Self.capacity }
    package var segmentCount: Int {
        segmentSize == 0 ? 0 : (length + segmentSize - 1) / segmentSize
    }

    /// Empties the batch and points it at `destination`.
    mutating func begin(to destination: SocketAddress, ecn: UInt8) {
        writer.reset()
        segmentSize = 0
        self.destination = destination
        self.ecn = ecn
        hopLimit = 0
    }

    /// A single datagram with these bytes.
    mutating func set(_ datagram: [UInt8], to destination: SocketAddress) {
        begin(to: destination, ecn: 0)
        writer.write(datagram)
        segmentSize = datagram.count
    }
}
