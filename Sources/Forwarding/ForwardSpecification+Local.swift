import SRMUDP

/// What a `LocalForward` or a `RemoteForward` needs to know.
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

    /// What the side that dials connects to; nil when each connection names its own, or when host
    /// or path do not fit into a request.
    package var target: Target? {
        switch destination {
        case .host(let host, let port):
            HostPort(host: host, port: port).map { transport == .udp ? .udp($0) : .tcp($0) }
        case .path(let path): SocketPath(path).map(Target.socket)
        case .socks: nil
        }
    }

    /// What the far side is asked for; nil as for `target`.
    package var openRequest: OpenRequest? { target.map { .connect($0, isDynamic: false) } }

    /// Where the far side is asked to listen, for a remote forward.
    package var listenPlace: ListenRequest.Place? {
        switch entry {
        case .port(let bindAddress, let port):
            transport == .udp
                ? .udp(host: bindAddress.placeHost, port: port)
                : .tcp(host: bindAddress.placeHost, port: port)
        case .path(let path): SocketPath(path).map(ListenRequest.Place.socket)
        case .standardStreams: nil
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

    /// As it stands in a request to listen.
    fileprivate var placeHost: String {
        switch self {
        case .loopback: "localhost"
        case .all: ""
        case .address(let address): "\(address)"
        case .name(let name): name
        }
    }
}
