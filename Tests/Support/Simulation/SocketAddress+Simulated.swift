import SRMUDP

extension SocketAddress {
    /// 10.0.x.y:port, x and y taken from `host`.
    package static func simulated(host: UInt16, port: UInt16 = 7000) -> SocketAddress {
        var bytes = [UInt8](repeating: 0, count: 10) + [0xff, 0xff, 10, 0]
        bytes += [UInt8(host >> 8), UInt8(host & 0xff), UInt8(port >> 8), UInt8(port & 0xff)]
        guard let address = SocketAddress(encoded: bytes) else {
            preconditionFailure("18 bytes of an IPv4 address and a port are a socket address")
        }
        return address
    }
}
