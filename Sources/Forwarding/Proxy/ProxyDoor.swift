import SRMUDP

/// Says what the far side is asked for when a client of a proxy names a target.
package protocol ProxyDoor {
    /// The request for a client that has just come; nil when it may not come now, or for a target
    /// that cannot be asked for.
    ///
    /// - Parameter source: where the client is; unspecified for one that came in at a path.
    func admit(from source: SocketAddress, to target: Target) -> OpenRequest?
    /// The same for a client that was admitted before: it may be called otherwise by now.
    func request(from source: SocketAddress, to target: Target) -> OpenRequest?
}

/// The door of `-D`: everybody who is in may go where the peer lets them go.
package struct LocalProxyDoor: ProxyDoor {
    package init() {}

    package func admit(from source: SocketAddress, to target: Target) -> OpenRequest? {
        request(from: source, to: target)
    }

    package func request(from source: SocketAddress, to target: Target) -> OpenRequest? {
        .connect(target, isDynamic: true)
    }
}
