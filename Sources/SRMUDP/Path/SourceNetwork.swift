/// What counts as one source where limits hold for each source: an IPv4 address, an IPv6 /64, or a
/// link.
///
/// An IPv6 host owns a whole /64, so single addresses would not limit it. All links have addresses
/// of one /64, but each leads to somebody else.
package struct SourceNetwork: Hashable, Sendable, BitwiseCopyable {
    private let high: UInt64
    private let low: UInt64

    package init(_ ip: IPAddress) {
        high = ip.high
        low = ip.isIPv4 || ip.isLink ? ip.low : 0
    }

    /// - Parameter address: what `SocketAddress.encoded` makes: IPv6 address (IPv4 mapped) 16,
    ///   port 2.
    init(encoded address: [UInt8]) {
        precondition(address.count == SocketAddress.encodedLength, "an address has 18 bytes")
        let high = address[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        let low = address[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
        self.init(IPAddress(high: high, low: low))
    }
}
