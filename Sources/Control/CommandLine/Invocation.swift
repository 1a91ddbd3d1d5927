import Forwarding
import SRMUDP

/// What the command line asks for, checked and with defaults filled in.
package struct Invocation: Equatable {
    package enum Command: Equatable {
        /// Print this text.
        case help(String)
        case version
        case id(json: Bool)
        case serve(ServeOptions)
        case ticket(TicketOptions)
        case pair(PairOptions)
        case peers(PeersAction)
        case forward(ForwardOptions)
        /// Print what a shell may offer: `peers`, or a completion script.
        case complete(String)
    }

    package enum PeersAction: Equatable {
        case list(json: Bool)
        case remove(String)
        case rename(String, to: String)
    }

    /// The value of `--home`.
    package var home: String?
    package var logLevel: Logger.Level
    package var command: Command
    /// Sentences to print on standard error before anything is done.
    package var warnings: [String]
}

package struct ServeOptions: Equatable {
    /// Nil: the address that was kept, or a new one. `[::]` stands for all addresses.
    package var listen: SocketAddress?
    package var policy = AccessPolicy.nothing
    /// Nil: the host name.
    package var name: String?
    package var transport = TransportSettings()
}

package struct TicketOptions: Equatable {
    package var peerName: String
    package var lifetime: Lifetime
    /// From `--address`, to stand before what the node finds itself.
    package var addresses: [SocketAddress]
    package var json: Bool
}

package struct PairOptions: Equatable {
    package enum Source: Equatable {
        case argument(String)
        case file(String)
        case standardInput
    }

    /// Nil: what the peer calls itself.
    package var name: String?
    package var source: Source
    package var addresses: [SocketAddress]
    package var json: Bool
}

package struct ForwardOptions: Equatable {
    package var peer: String
    package var forwards: [ForwardSpecification]
    package var connectTimeout: Lifetime
    package var listen: SocketAddress?
    package var printsPorts: Bool
    package var json: Bool
    package var transport = TransportSettings()
}
