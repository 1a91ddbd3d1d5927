/// What counts as one source where limits hold for each source: an IPv4 address, or an IPv6 /64.
///
/// An IPv6 host owns a whole /64, so single addresses would not limit it.
package struct SourceNetwork: Hashable, Sendable, BitwiseCopyable {
    private let high: UInt64
    private let low: UInt64

    package init(_ ip: IPAddress) {
        high = ip.high
        low = ip.isIPv4 ? ip.low : 0
    }
}
