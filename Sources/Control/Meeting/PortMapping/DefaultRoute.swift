import SRMUDP

/// Where datagrams go that nothing else is known about, as Linux tells in /proc/net.
struct DefaultRoute: Equatable {
    let gateway: IPAddress
    /// The name of the interface that it is reached by.
    let interface: String

    private static let isUp: UInt32 = 0x1
    private static let isGateway: UInt32 = 0x2
    private static let isRejected: UInt32 = 0x200

    /// The default route of /proc/net/route with the least metric.
    ///
    ///     interface destination gateway flags references uses metric mask ...
    ///
    /// Addresses are hexadecimal numbers as the machine's memory has them.
    static func ipv4(table: String) -> DefaultRoute? {
        best(table) { fields in
            guard fields.count >= 8, hexadecimal(fields[1]) == 0, hexadecimal(fields[7]) == 0,
                let gateway = hexadecimal(fields[2]), let flags = hexadecimal(fields[3]),
                let metric = UInt32(fields[6])
            else { return nil }
            let route = DefaultRoute(
                gateway: IPAddress(ipv4: UInt32(bigEndian: gateway)),
                interface: String(fields[0]))
            return (route, flags, metric)
        }
    }

    /// The default route of /proc/net/ipv6_route with the least metric.
    ///
    ///     destination length source length gateway metric references uses flags interface
    ///
    /// Addresses are 32 hexadecimal digits in network order. The scope of a link-local gateway is
    /// left to the caller, who can ask the system for the index of the interface.
    static func ipv6(table: String) -> DefaultRoute? {
        best(table) { fields in
            guard fields.count >= 10, fields[0].allSatisfy({ $0 == "0" }),
                hexadecimal(fields[1]) == 0, let gateway = address(fields[4]),
                let metric = hexadecimal(fields[5]), let flags = hexadecimal(fields[8])
            else { return nil }
            return (DefaultRoute(gateway: gateway, interface: String(fields[9])), flags, metric)
        }
    }

    private static func best(
        _ table: String,
        _ read: ([Substring]) -> (route: DefaultRoute, flags: UInt32, metric: UInt32)?
    ) -> DefaultRoute? {
        table.split(separator: "\n")
            .compactMap { read($0.split(whereSeparator: \.isWhitespace)) }
            .filter { $0.flags & (isUp | isGateway | isRejected) == isUp | isGateway }
            .min { $0.metric < $1.metric }?
            .route
    }

    private static func hexadecimal(_ digits: Substring) -> UInt32? { UInt32(digits, radix: 16) }

    private static func address(_ digits: Substring) -> IPAddress? {
        guard digits.utf8.count == 32, let high = UInt64(digits.prefix(16), radix: 16),
            let low = UInt64(digits.suffix(16), radix: 16)
        else { return nil }
        return IPAddress(high: high, low: low)
    }
}
