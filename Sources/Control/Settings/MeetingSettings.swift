import Forwarding
import SRMUDP

/// What a user may say about how peers are found; each has its default here.
package struct MeetingSettings: Equatable {
    /// Datagrams that may be spent on finding a direct path to one peer, in one go.
    package static let defaultProbeBudget = 1_024

    /// The servers of the command line; empty: those that the home remembers.
    package var servers: [ServerAddress] = []
    package var path = PathPolicy.auto
    /// Which addresses of this machine and of others are used.
    package var family = AddressFamily.any
    /// 0...65,535.
    package var probeBudget = defaultProbeBudget
    /// For servers inside a WebSocket; nil: what the environment says.
    package var proxy: ProxyAddress?
    /// A PEM file with certificates to trust in place of the system's.
    package var authorities: String?
    /// A file with the password of rendezvous servers that do not admit everybody.
    package var passwordFile: String?

    package init() {}
}
