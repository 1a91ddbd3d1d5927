/// Names a remote listener within a connection; chosen by the side that asked for it.
package struct ListenerID: Hashable, Sendable {
    package let value: UInt32

    package init(_ value: UInt32) { self.value = value }
}

/// Asks the peer to listen for us.
package struct ListenRequest: Hashable, Sendable {
    /// Where the peer shall listen.
    package enum Place: Hashable, Sendable {
        /// An empty host is all addresses, `localhost` both loopbacks; port 0 is any free one.
        case tcp(host: String, port: UInt16)
        case udp(host: String, port: UInt16)
        case socket(SocketPath)
    }

    package let id: ListenerID
    package let place: Place
    /// The peer speaks SOCKS and HTTP there, so that each connection names its own destination.
    package let isDynamic: Bool
    /// Who may use that proxy; empty: everybody who reaches it.
    package let users: [ProxyUserDigest]

    /// So many fit into what every stream takes at once.
    package static let userLimit = 64

    /// - Returns: nil when the host does not fit (at most 255 bytes, no control characters, no
    ///   spaces), for a proxy on UDP, for users of what is no proxy, or for more than `userLimit`.
    package init?(
        id: ListenerID, place: Place, isDynamic: Bool, users: [ProxyUserDigest] = []
    ) {
        guard isDynamic || users.isEmpty, users.count <= Self.userLimit else { return nil }
        switch place {
        case .tcp(let host, _): guard Self.isValid(host) else { return nil }
        case .udp(let host, _): guard Self.isValid(host), !isDynamic else { return nil }
        case .socket: break
        }
        self.id = id
        self.place = place
        self.isDynamic = isDynamic
        self.users = users
    }

    private static func isValid(_ host: String) -> Bool {
        host.utf8.count <= HostPort.hostLimit
            && host.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f }
    }
}

extension ListenRequest: CustomStringConvertible {
    package var description: String { "listen at \(place)" }
}

extension ListenRequest.Place: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tcp(let host, let port): Self.text(host, port)
        case .udp(let host, let port): Self.text(host, port) + "/udp"
        case .socket(let path): "\(path)"
        }
    }

    private static func text(_ host: String, _ port: UInt16) -> String {
        host.isEmpty ? "*:\(port)" : HostPort.text(host, port)
    }
}

/// Tells the side that asked for a listener that somebody came.
package struct AcceptedConnection: Hashable, Sendable {
    package let listener: ListenerID
    /// Who came, for people: `192.0.2.7:51234`, or empty for a UNIX socket; at most 255 bytes.
    package let origin: String
    /// What the client of a dynamic listener asked for; nil: the forward's own destination.
    package let target: Target?

    /// - Returns: nil when the origin does not fit or has control characters, or the target is a
    ///   path.
    package init?(listener: ListenerID, origin: String, target: Target?) {
        guard origin.utf8.count <= 255, origin.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
        else { return nil }
        if case .socket = target { return nil }
        self.listener = listener
        self.origin = origin
        self.target = target
    }
}

extension AcceptedConnection: CustomStringConvertible {
    package var description: String {
        let from = origin.isEmpty ? "a connection" : "a connection from \(origin)"
        return target.map { "\(from) to \($0)" } ?? from
    }
}
