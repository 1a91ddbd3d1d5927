import SRMUDP

/// The header of version 2 of the PROXY protocol, which tells a target who is behind a connection.
///
///     offset  size  field
///     0       12    signature 0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a
///     12      1     version and command, 21: PROXY
///     13      1     family and transport: 11 TCP over IPv4, 21 TCP over IPv6, 00 unknown
///     14      2     length of what follows
///     16      n     source address, destination address, source port, destination port
///     16 + n        vectors: type e0, length (2), name of the peer
///
/// The source is where the *peer* is, as this node sees it; who connected to the peer's end only
/// the peer could tell, and it could lie. A relayed peer has no address here: the family is
/// unknown then. (haproxy.org, proxy-protocol.txt, section 2.2; e0 to ef are for own use.)
enum ProxyHeader {
    private static let signature: [UInt8] = [
        0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
    ]
    private static let nameType: UInt8 = 0xe0

    /// - Parameters:
    ///   - source: nil or an address of a link: unknown.
    ///   - name: at most 255 bytes are told.
    static func bytes(source: SocketAddress?, destination: SocketAddress, name: String) -> [UInt8] {
        let known = source.flatMap { LinkAddress($0) == nil ? $0 : nil }
        let addresses = known.map { Self.addresses($0, destination) }
        let nameBytes = Array(name.utf8.prefix(255))
        let vector = [nameType, 0, UInt8(nameBytes.count)] + nameBytes
        let body = (addresses?.bytes ?? []) + vector
        return signature + [0x21, addresses?.family ?? 0] + big(UInt16(body.count)) + body
    }

    /// With one IPv6 address both are written as such.
    private static func addresses(
        _ source: SocketAddress, _ destination: SocketAddress
    ) -> (family: UInt8, bytes: [UInt8]) {
        let isIPv4 = source.ip.isIPv4 && destination.ip.isIPv4
        let ips = [source.ip, destination.ip].flatMap {
            isIPv4 ? $0.bytes.suffix(4) : $0.bytes[...]
        }
        return (isIPv4 ? 0x11 : 0x21, ips + big(source.port) + big(destination.port))
    }

    private static func big(_ number: UInt16) -> [UInt8] {
        [UInt8(number >> 8), UInt8(number & 255)]
    }
}
