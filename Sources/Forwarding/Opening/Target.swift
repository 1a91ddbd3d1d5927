/// What is dialled for a flow.
package enum Target: Hashable, Sendable {
    case tcp(HostPort)
    /// Datagrams to and from a host; each is carried as one.
    case udp(HostPort)
    /// A UNIX socket of the side that dials.
    case socket(SocketPath)

    /// The host and port, for what has them.
    package var hostPort: HostPort? {
        switch self {
        case .tcp(let hostPort), .udp(let hostPort): hostPort
        case .socket: nil
        }
    }
}

extension Target: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tcp(let hostPort): "\(hostPort)"
        case .udp(let hostPort): "\(hostPort)/udp"
        case .socket(let path): "\(path)"
        }
    }
}

/// The path of a UNIX socket, absolute or relative to where the process that uses it was started.
package struct SocketPath: Hashable, Sendable {
    /// Bytes of `sun_path` without its closing zero.
    package static let limit = 107

    package let text: String

    /// - Returns: nil unless the path has 1...107 bytes and no control characters.
    package init?(_ text: String) {
        guard (1...Self.limit).contains(text.utf8.count),
            text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
        else { return nil }
        self.text = text
    }
}

extension SocketPath: CustomStringConvertible {
    package var description: String { text }
}
