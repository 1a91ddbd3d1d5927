import SRMUDP

/// Tells networks apart: a hash of the default router's address and of its hardware address, or of
/// what stands for them. Two networks of the same addresses are two.
///
/// Where there is no IPv4 router it is the one of IPv6 and the prefix of our own address; without any
/// router there is no fingerprint, and nothing is remembered.
struct NetworkFingerprint: Hashable {
    /// 16 hexadecimal digits.
    let text: String

    private static let length = 16

    /// - Parameters: the contents of /proc/net/route, /proc/net/arp and /proc/net/ipv6_route, and our
    ///   own addresses.
    init?(routes: String, neighbours: String, routesIPv6: String, addresses: [IPAddress]) {
        if let route = DefaultRoute.ipv4(table: routes) {
            let hardware = Self.hardwareAddress(of: route.gateway, table: neighbours)
            // Without the router's hardware address, which is there once something was sent to it.
            let place = hardware ?? "\(addresses.filter(\.isIPv4).map(Self.prefix))"
            self.init(hashing: "\(route.gateway) \(place)")
        } else if let route = DefaultRoute.ipv6(table: routesIPv6) {
            let global = addresses.filter { $0.isIPv6 && !$0.isPrivate && !$0.isLinkLocal }
            self.init(hashing: "\(route.gateway) \(global.map(Self.prefix))")
        } else {
            return nil
        }
    }

    /// Reads what `text` was.
    init?(text: String) {
        guard text.utf8.count == Self.length, text.allSatisfy(\.isHexDigit) else { return nil }
        self.text = text
    }

    private init(hashing network: String) {
        let digest = SHA256.digest([UInt8]("p2pfwd network \(network)".utf8))
        text = hexadecimal(digest.prefix(Self.length / 2))
    }

    /// The network that this machine is in now.
    static func current() -> NetworkFingerprint? {
        func table(_ name: String) -> String {
            let bytes =
                (try? DurableFile(path: "/proc/net/\(name)").read(checksOwner: false)) ?? nil
            return String(decoding: bytes ?? [], as: UTF8.self)
        }
        return NetworkFingerprint(
            routes: table("route"), neighbours: table("arp"), routesIPv6: table("ipv6_route"),
            addresses: LocalAddresses.list())
    }

    private static func hardwareAddress(of gateway: IPAddress, table: String) -> String? {
        for line in table.split(separator: "\n") {
            let fields = line.split(whereSeparator: \.isWhitespace)
            guard fields.count >= 6, IPAddress(fields[0]) == gateway,
                fields[3] != "00:00:00:00:00:00"
            else { continue }
            return String(fields[3])
        }
        return nil
    }

    /// The first 24 bits of an IPv4 address, the first 64 of another.
    private static func prefix(_ address: IPAddress) -> String {
        address.ipv4.map { "\($0 >> 8)" } ?? "\(address.high)"
    }
}
