import SRMUDP

/// What a `LocalForward` needs to know.
extension ForwardSpecification {
    /// Where the listeners of a local forward go: both loopback addresses, all addresses (`[::]`
    /// takes IPv4 as well), or the one that was named.
    /// - Returns: nil for a bind address that is a host name, which has to be resolved first, and
    ///   for an entry that is no TCP port.
    package var listenAddresses: [SocketAddress]? {
        switch entry {
        case .port(let bindAddress, let port):
            bindAddress.literalAddresses?.map { SocketAddress($0, port: port) }
        case .path, .standardStreams:
            nil
        }
    }

    /// What the far side is asked for; nil when the destination is no host and port, or the host
    /// does not fit into a request.
    package var openRequest: OpenRequest? {
        switch destination {
        case .host(let host, let port):
            HostPort(host: host, port: port).map { target in
                .connect(transport == .udp ? .udp(target) : .tcp(target), isDynamic: false)
            }
        case .path, .socks: nil
        }
    }
}

extension ForwardSpecification.BindAddress {
    fileprivate var literalAddresses: [IPAddress]? {
        switch self {
        case .loopback: [.loopbackIPv4, .loopbackIPv6]
        case .all: [.anyIPv6, .anyIPv4]
        case .address(let address): [address]
        case .name: nil
        }
    }
}
