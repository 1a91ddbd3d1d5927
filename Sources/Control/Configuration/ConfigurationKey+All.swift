import Forwarding
import SRMUDP

extension ConfigurationKey {
    /// Keys that belong together, in the order of the reference.
    struct Group: Sendable {
        let title: String
        let about: String
        let keys: [ConfigurationKey]
    }

    static let groups = [
        Group(title: "Meeting", about: "For all commands that run a node.", keys: meeting),
        Group(title: "Serving", about: "For 'p2pfwd serve', about every peer.", keys: serving),
        Group(
            title: "Web",
            about: "Below web:, for 'p2pfwd serve' (docs/WEB.md). Without listen there is no web "
                + "server, and the others mean nothing.",
            keys: web),
        Group(title: "Transport", about: "For all commands that run a node.", keys: transport),
        Group(title: "Messages", about: "What people are told.", keys: messages),
        Group(
            title: "Peers",
            about: "Below peers: and the name of a peer, for forwards to it; with those that are "
                + "marked above, which come before the same ones at the top. 'p2pfwd PEER' starts "
                + "the forwards.",
            keys: forwarding),
    ]

    static let all = groups.flatMap(\.keys)

    private static let day: ClosedRange<Int64> = 1...86_400

    private static let meeting = [
        ConfigurationKey(
            "rendezvous", .server, isList: true, as: .option(.server),
            default: "(those that the home remembers)",
            "the servers through which peers are met"),
        ConfigurationKey(
            "rendezvous-password-file", .file, as: .option(.passwordFile), default: "(none)",
            "password of a rendezvous server that wants one; the file must be yours alone"),
        ConfigurationKey(
            "path", .words(PathPolicy.allCases.map(\.rawValue)), at: .both, as: .option(.path),
            default: PathPolicy.auto.rawValue,
            "auto: direct where possible, else relayed; or direct or relay alone"),
        ConfigurationKey(
            "address-family", .words(AddressFamily.allCases.map(\.rawValue)),
            as: .setting(.addressFamily), default: AddressFamily.any.rawValue,
            "which addresses are used: inet is IPv4, inet6 is IPv6"),
        ConfigurationKey(
            "bind-address", .localAddress, as: .setting(.bindAddress), default: "(all)",
            "send and receive at this address of the machine"),
        ConfigurationKey(
            "proxy", .proxy, as: .option(.proxy), default: "(the variable ALL_PROXY)",
            "reach wss:// servers through this proxy"),
        ConfigurationKey(
            "tls-ca", .file, as: .option(.certificateAuthority), default: "(those of the system)",
            "certificates (PEM) to trust for wss://"),
        ConfigurationKey(
            "probe-budget", .number(0...65_535), as: .option(.probeBudget),
            default: "\(MeetingSettings.defaultProbeBudget)",
            "datagrams to spend on finding a direct path in one go"),
    ]

    private static let serving = [
        ConfigurationKey(
            "listen", .listenAddress, reach: .serving, as: .option(.listen),
            default: "(chosen once and kept)", "UDP address of the serving node"),
        ConfigurationKey(
            "name", .name, reach: .serving, as: .option(.name), default: "(the host name)",
            "what this node calls itself"),
        ConfigurationKey(
            "permit", .destination, reach: .serving, isList: true, as: .option(.permit),
            default: "none", "what every peer may connect to"),
        ConfigurationKey(
            "permit-listen", .listenRule, reach: .serving, isList: true,
            as: .option(.permitListen), default: "(nowhere)",
            "where every peer may listen here (-R)"),
        ConfigurationKey(
            "gateway-ports", .words(GatewayPorts.allCases.map(\.rawValue)), reach: .serving,
            as: .option(.gatewayPorts), default: GatewayPorts.no.rawValue,
            "where else than at loopback peers may listen"),
        ConfigurationKey(
            "permit-relay", .flag, reach: .serving, as: .option(.permitRelay), default: "false",
            "whether peers may reach other peers through this node (-J)"),
        ConfigurationKey(
            "max-flows", .number(PeerGrants.flowRange), reach: .serving,
            as: .option(.maximumFlows), default: "(no limit)",
            "most connections of a peer at a time"),
        ConfigurationKey(
            "rate", .rate, reach: .serving, as: .option(.rate), default: "(no limit)",
            "most bytes a second of a peer, both directions together"),
        ConfigurationKey(
            "ask", .flag, reach: .serving, as: .option(.ask), default: "false",
            "whether the terminal of 'serve' is asked about what no rule permits"),
        ConfigurationKey(
            "ask-command", .file, reach: .serving, as: .option(.askCommand), default: "(none)",
            "a program that decides about what no rule permits"),
        ConfigurationKey(
            "audit", .file, reach: .serving, as: .option(.audit), default: "(none)",
            "append a JSON object for each connection and refusal to this file"),
        ConfigurationKey(
            "proxy-protocol", .destination, reach: .serving, isList: true,
            as: .option(.proxyProtocol), default: "none",
            "destinations that are told who connects, by the PROXY protocol version 2"),
    ]

    private static let transport = [
        ConfigurationKey(
            "connect-timeout", .duration(1...86_400), at: .both, as: .setting(.connectTimeout),
            default: "30s", "give up reaching a peer after this; 'pipe' waits without end"),
        ConfigurationKey(
            "hold", .duration(day), at: .both, as: .setting(.hold), default: "15m",
            "keep flows this long without any path"),
        ConfigurationKey(
            "congestion", .words(TransportSettings.Congestion.allCases.map(\.rawValue)),
            at: .both, as: .setting(.congestion),
            default: TransportSettings().congestion.rawValue, "the congestion controller"),
        ConfigurationKey(
            "udp-timeout", .duration(day), at: .both, as: .setting(.udpTimeout), default: "1m",
            "end UDP flows that were idle for so long"),
        ConfigurationKey(
            "largest-datagram", .number(1_200...65_000), as: .setting(.largestDatagram),
            default: "\(TransportSettings().largestDatagram)",
            "largest UDP payload that is tried, in bytes"),
        ConfigurationKey(
            "offload", .flag, as: .setting(.offload), default: "true",
            "whether the kernel takes many datagrams at once"),
        ConfigurationKey(
            "tell-addresses", .flag, as: .setting(.tellAddresses), default: "true",
            "whether peers are told where this node may be reached"),
    ]

    private static let messages = [
        ConfigurationKey(
            "log-level", .words(LogWord.allCases.map(\.rawValue)), default: LogWord.info.rawValue,
            "what is told on standard error; -v and -q come before it"),
        ConfigurationKey(
            "log-format", .words(LogFormat.allCases.map(\.rawValue)),
            default: LogFormat.text.rawValue,
            "messages for people, or json: an object on each line"),
        ConfigurationKey(
            "log-file", .file, reach: .serving, as: .option(.logFile),
            default: "(standard error)", "append the messages of 'serve' to this file"),
    ]

    private static let forwarding = [
        ConfigurationKey(
            "forwards", .forward, at: .peer, reach: .forwarding, isList: true, default: "(none)",
            "what 'p2pfwd PEER' forwards where the command line names nothing"),
        ConfigurationKey(
            "autostart", .flag, at: .peer, reach: .serving, default: "false",
            "whether 'serve' begins these forwards at its start, and waits for the peer without "
                + "end; not with path, hold, congestion and via"),
        ConfigurationKey(
            "via", .peerName, at: .peer, reach: .forwarding, isList: true,
            as: .setting(.proxyJump), default: "(straight)",
            "reach the peer through these, the nearest first; at most "
                + "\(ForwardOptions.viaLimit)"),
        ConfigurationKey(
            "gateway-ports", .flag, at: .peer, reach: .forwarding, as: .setting(.gatewayPorts),
            default: "false", "listen on all addresses where no bind address is written"),
        ConfigurationKey(
            "exit-on-forward-failure", .flag, at: .peer, reach: .forwarding,
            as: .setting(.exitOnForwardFailure), default: "true",
            "whether one forward that cannot be set up ends the command"),
        ConfigurationKey(
            "proxy-auth", .file, at: .peer, reach: .forwarding, as: .option(.proxyUsers),
            default: "(nobody is asked)",
            "who may use -D: user:password lines of a file that is yours alone"),
        ConfigurationKey(
            "open-proxy", .flag, at: .peer, reach: .forwarding, as: .option(.openProxy),
            default: "false", "let -D listen for other machines without asking for a password"),
        ConfigurationKey(
            "permit-remote-open", .destination, at: .peer, reach: .forwarding, isList: true,
            as: .setting(.permitRemoteOpen), default: "(anywhere but loopback and the like)",
            "where clients of a remote SOCKS listener (-R PORT) may go from here"),
        ConfigurationKey(
            "stream-local-bind-mask", .mask, at: .peer, reach: .forwarding,
            as: .setting(.streamLocalBindMask), default: "0177",
            "mode bits that listening sockets in files do not get"),
        ConfigurationKey(
            "stream-local-bind-unlink", .flag, at: .peer, reach: .forwarding,
            as: .setting(.streamLocalBindUnlink), default: "false",
            "whether a socket in the way is replaced, also one in use"),
    ]
}

/// The words of `log-level`.
enum LogWord: String, CaseIterable {
    case error
    case warning
    case info
    case debug
    case trace

    var level: Logger.Level {
        switch self {
        case .error: .error
        case .warning: .warning
        case .info: .info
        case .debug: .debug
        case .trace: .trace
        }
    }
}
