import Forwarding
import SRMUDP

package struct ShareOptions: Equatable {
    /// What the peer may reach, as `--permit` writes it; at least one.
    package var destinations: [String]
    package var name: String?
    /// Nil: until it is interrupted.
    package var duration: Lifetime?
    package var listen: SocketAddress?
    package var json: Bool
    package var invitation = InvitationOptions()
    package var meeting = MeetingSettings()
    package var transport = TransportSettings()
    /// What the peer may do besides.
    package var rights = PeerRights()
}

package struct RendezvousOptions: Equatable {
    package struct TLSFiles: Equatable {
        package var certificate: String
        package var key: String
    }

    package static let defaultPort: UInt16 = 7070

    package var listen = SocketAddress(.anyIPv6, port: defaultPort)
    package var webSocket: SocketAddress?
    package var tls: TLSFiles?
    /// Bytes a second for each relayed pair; nil: as much as comes; 0: no relaying.
    package var relayRate: Int?
    /// Nil: everybody is admitted.
    package var passwordFile: String?
}

package struct NetcheckOptions: Equatable {
    package var listen: SocketAddress?
    package var json: Bool
    package var meeting = MeetingSettings()
}

package struct PingOptions: Equatable {
    package var peer: String
    package var endsWhenDirect: Bool
    /// Nil: until it is interrupted.
    package var duration: Lifetime?
    package var connectTimeout: Lifetime
    package var json: Bool
    package var meeting = MeetingSettings()
    /// Whether the node that commands share is left alone.
    package var isStandalone = false
}

package struct WhyOptions: Equatable {
    package var peer: String
    package var connectTimeout: Lifetime
    package var json: Bool
    package var meeting = MeetingSettings()
    /// Whether the node that commands share is left alone.
    package var isStandalone = false
}
