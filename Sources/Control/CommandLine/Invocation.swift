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
        case share(ShareOptions)
        case rendezvous(RendezvousOptions)
        case status(StatusOptions)
        case speedTest(SpeedTestOptions)
        case report(ReportOptions)
        case netcheck(NetcheckOptions)
        case ping(PingOptions)
        case why(WhyOptions)
        case ticket(TicketOptions)
        case pair(PairOptions)
        case peers(PeersAction)
        case permit(PermitOptions)
        case forward(ForwardOptions)
        case pipe(PipeOptions)
        case listenKey(ListenKeyOptions)
        /// The node that a command starts where there is none, and how long it stays unused.
        case node(linger: Lifetime)
        case stop(now: Bool)
        case reload
        /// To the program at this path; nil: to the one that is installed now.
        case handover(program: String?)
        case configuration(ConfigurationAction)
        case service(ServiceOptions)
        /// Have the running node do this.
        case ask(NodeQuestion)
        case shell(ShellOptions)
        /// Print what a shell may offer: `peers`, `keys` or `forwards`.
        case complete(String)
        /// Print a `GeneratedText`.
        case generate(String)
    }

    package enum PeersAction: Equatable {
        case list(json: Bool)
        case remove(String)
        case revoke(String)
        case rename(String, to: String)
    }

    /// The value of `--home`.
    package var home: String?
    package var logLevel = Logger.Level.info
    package var logFormat = LogFormat.text
    /// Where messages go in place of standard error.
    package var logFile: String?
    /// Whether every error ends the program with 255.
    package var usesSSHExitCodes = false
    /// Whether this process is the one that `-f` started.
    package var isInBackground = false
    package var command: Command
    /// How the node is that commands share.
    package var node = NodeSettings()
    /// Sentences to print on standard error before anything is done.
    package var warnings: [String] = []

    mutating func use(_ values: OptionValues) {
        logLevel = values.logLevel
        logFile = values.parsed.values(of: .logFile).first
        isInBackground = values.parsed.count(of: .readyPipe) > 0
        usesSSHExitCodes = values.settings.flag(.sshExitCodes) ?? false
    }
}

package struct ServeOptions: Equatable {
    /// Nil: the address that was kept, or a new one. `[::]` stands for all addresses.
    package var listen: SocketAddress?
    /// What every peer may do.
    package var grants = PeerGrants()
    package var asking = AskingOptions()
    /// Where flows and refusals are recorded.
    package var auditFile: String?
    /// Nil: there is no web server.
    package var web: WebOptions?
    /// Nil: the host name.
    package var name: String?
    package var meeting = MeetingSettings()
    package var transport = TransportSettings()
    /// The forwards that the node begins at its start, one entry for each peer.
    package var autostarted: [ForwardOptions] = []
}

package struct TicketOptions: Equatable {
    package var peerName: String
    package var lifetime: Lifetime
    /// From `--address`, to stand before what the node finds itself.
    package var addresses: [SocketAddress]
    package var json: Bool
    package var rights = PeerRights()
}

package struct PairOptions: Equatable {
    package enum Source: Equatable {
        /// A ticket, or a code.
        case argument(String)
        case file(String)
        /// What stands there, a ticket or a code; a new code of ours if there is nothing.
        case standardInput
    }

    /// Nil: what the peer calls itself.
    package var name: String?
    package var source: Source
    package var addresses: [SocketAddress]
    package var json: Bool
    package var invitation = InvitationOptions()
    package var meeting = MeetingSettings()
    package var rights = PeerRights()
}

/// What a code that we make is good for.
package struct InvitationOptions: Equatable {
    /// 2...4.
    package var wordCount = 2
    /// At most a day.
    package var lifetime = Lifetime.minutes(10)
    /// 1...16.
    package var uses = 1
}

package struct ForwardOptions: Equatable {
    /// Each peer on the way costs room in every datagram.
    package static let viaLimit = 4

    /// A name, or a pairing code that is used for this one time.
    package var peer: String
    package var forwards: [ForwardSpecification]
    package var connectTimeout: Lifetime
    package var listen: SocketAddress?
    package var printsPorts: Bool
    package var json: Bool
    package var meeting = MeetingSettings()
    package var transport = TransportSettings()
    /// Whether one forward that cannot be set up ends the command.
    package var exitsOnFailure = true
    package var goesToBackground = false
    /// Where clients of a SOCKS listener at the peer may go on this side; nil: anywhere.
    package var remoteOpenPolicy: AccessPolicy?
    /// Mode bits that listening sockets in files do not get.
    package var socketMask: UInt32 = 0o177
    /// Whether a socket in the way of a listening one is replaced, also one in use.
    package var replacesSockets = false
    /// The names of the peers that the way leads through, the nearest first; empty: none.
    package var vias: [String] = []
    /// The file with the users of the proxy ports; nil: they ask for no password.
    package var proxyUsersFile: String?
    /// Whether the node that commands share is left alone.
    package var isStandalone = false
    /// Whether a proxy port that asks for no password may be reached from other machines.
    package var opensProxy = false
}

package struct PipeOptions: Equatable {
    package var peer: String
    /// Nil: the peer is waited for until it is there.
    package var connectTimeout: Lifetime?
    package var listen: SocketAddress?
    package var meeting = MeetingSettings()
    package var transport = TransportSettings()
}
