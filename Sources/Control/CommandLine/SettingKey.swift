import SRMUDP

/// A setting as `-o Key=value` or a line of a configuration file gives it.
///
/// Keys are written as ssh writes its own, and mean what they mean there; upper and lower case are
/// the same. Keys of ssh that cannot mean anything here are refused with the reason
/// (`RefusedSetting`).
enum SettingKey: String, CaseIterable {
    case addressFamily = "AddressFamily"
    case batchMode = "BatchMode"
    case bindAddress = "BindAddress"
    case clearAllForwardings = "ClearAllForwardings"
    case compression = "Compression"
    case congestion = "Congestion"
    case connectTimeout = "ConnectTimeout"
    case dynamicForward = "DynamicForward"
    case exitOnForwardFailure = "ExitOnForwardFailure"
    case forkAfterAuthentication = "ForkAfterAuthentication"
    case gatewayPorts = "GatewayPorts"
    case hold = "Hold"
    case largestDatagram = "LargestDatagram"
    case localForward = "LocalForward"
    case logLevel = "LogLevel"
    case offload = "Offload"
    case permitRemoteOpen = "PermitRemoteOpen"
    case proxyJump = "ProxyJump"
    case remoteForward = "RemoteForward"
    case requestTTY = "RequestTTY"
    case serverAliveCountMax = "ServerAliveCountMax"
    case serverAliveInterval = "ServerAliveInterval"
    case sessionType = "SessionType"
    case sshExitCodes = "SshExitCodes"
    case stdinNull = "StdinNull"
    case streamLocalBindMask = "StreamLocalBindMask"
    case streamLocalBindUnlink = "StreamLocalBindUnlink"
    case strictHostKeyChecking = "StrictHostKeyChecking"
    case tellAddresses = "TellAddresses"
    case udpTimeout = "UdpTimeout"

    /// What a value must look like.
    enum Form: Equatable {
        case flag
        /// One of these words.
        case words([String])
        case number(ClosedRange<Int>)
        /// A length of time; a bare number counts seconds where that is said.
        case duration(takesSeconds: Bool)
        /// An octal number, as of file modes.
        case mask
        /// Checked by whoever uses it; this is its name in help texts.
        case text(String)
    }

    init?(key: some StringProtocol) {
        let name = key.lowercased()
        guard let found = Self.allCases.first(where: { $0.rawValue.lowercased() == name }) else {
            return nil
        }
        self = found
    }

    var form: Form {
        switch self {
        case .batchMode, .clearAllForwardings, .exitOnForwardFailure, .forkAfterAuthentication,
            .gatewayPorts, .offload, .sshExitCodes, .stdinNull, .streamLocalBindUnlink,
            .tellAddresses:
            .flag
        case .addressFamily: .words(["any", "inet", "inet6"])
        case .compression, .requestTTY: .words(["no"])
        case .congestion: .words(TransportSettings.Congestion.allCases.map(\.rawValue))
        case .sessionType: .words(["none"])
        case .strictHostKeyChecking: .words(["yes", "ask"])
        case .logLevel: .words(LogLevelName.allCases.map(\.rawValue))
        case .connectTimeout, .serverAliveInterval, .udpTimeout: .duration(takesSeconds: true)
        case .hold: .duration(takesSeconds: false)
        case .largestDatagram: .number(1_200...65_000)
        case .serverAliveCountMax: .number(1...1_000)
        case .streamLocalBindMask: .mask
        case .bindAddress: .text("ADDR")
        case .dynamicForward: .text("[bind_address:]port")
        case .localForward, .remoteForward: .text("[bind_address:]port host:hostport")
        case .permitRemoteOpen: .text("HOST:PORT")
        case .proxyJump: .text("VIA[,VIA]")
        }
    }

    /// The values, for help and completion.
    var values: String {
        switch form {
        case .flag: "yes|no"
        case .words(let words): words.joined(separator: "|")
        case .number(let range): "\(range.lowerBound)-\(range.upperBound)"
        case .duration(takesSeconds: true): "SECONDS"
        case .duration(takesSeconds: false): "DURATION"
        case .mask: "0177"
        case .text(let name): name
        }
    }

    /// The values, where there are few; nil otherwise.
    var words: [String]? {
        switch form {
        case .flag: ["yes", "no"]
        case .words(let words): words
        case .number, .duration, .mask, .text: nil
        }
    }

    var summary: String {
        switch self {
        case .addressFamily: "which addresses are used: -4 is inet, -6 is inet6 (default any)"
        case .batchMode: "taken as ssh has it: nothing is ever asked"
        case .bindAddress: "send and receive at this address of the machine, as -b"
        case .clearAllForwardings: "drop all forwards given so far and in files; -W implies it"
        case .compression: "taken as ssh has it: nothing is compressed"
        case .congestion: "congestion controller (default model)"
        case .connectTimeout: "give up reaching the peer after this (default 30)"
        case .dynamicForward: "as -D; forwards of all places add up"
        case .exitOnForwardFailure:
            "whether one forward that cannot be set up ends the command (default yes)"
        case .forkAfterAuthentication: "as -f"
        case .gatewayPorts: "as -g"
        case .hold: "keep flows this long without any path (default 15m)"
        case .largestDatagram: "largest UDP payload that is tried, in bytes"
        case .localForward: "as -L"
        case .logLevel: "what is told (default INFO); -v and -q come before it"
        case .offload: "whether the kernel takes many datagrams at once (default yes)"
        case .permitRemoteOpen:
            "where clients of a remote SOCKS listener may go: HOST:PORT ..., any, none"
        case .proxyJump: "as -J"
        case .remoteForward: "as -R; without a target a SOCKS listener"
        case .requestTTY: "taken as ssh has it: there is no terminal"
        case .serverAliveCountMax:
            "with ServerAliveInterval: how many intervals a silent peer is waited for (default 3)"
        case .serverAliveInterval: "sets Hold to this times ServerAliveCountMax; 0 leaves it"
        case .sessionType: "taken as ssh has it: no command is run"
        case .sshExitCodes: "end with 255 for every error, as ssh does (default no)"
        case .stdinNull: "taken as ssh has it: standard input is not read"
        case .streamLocalBindMask: "mode bits that sockets in files do not get (default 0177)"
        case .streamLocalBindUnlink: "whether a socket in the way is replaced, also one in use"
        case .strictHostKeyChecking: "taken as ssh has it: keys are always checked"
        case .tellAddresses: "tell peers where this node may be reached (default yes)"
        case .udpTimeout: "end UDP flows that were idle for so long (default 60)"
        }
    }

    /// Why a value that ssh takes is not taken here; nil where there is nothing special to say.
    func refusal(of value: String) -> String? {
        switch (self, value) {
        case (.strictHostKeyChecking, _): "a peer's key is never taken unchecked: pair first"
        case (.sessionType, _): "nothing is run at the peer: only 'none' can be had"
        case (.requestTTY, _): "there is no terminal at the peer: only 'no' can be had"
        case (.compression, _): "nothing is compressed: only 'no' can be had"
        case (_, _): nil
        }
    }

    /// Whether the setting is about the transport, and so goes with every command that runs a node.
    var isOfTransport: Bool {
        switch self {
        case .addressFamily, .bindAddress, .congestion, .hold, .largestDatagram, .logLevel,
            .offload, .sshExitCodes, .tellAddresses, .udpTimeout:
            true
        case .batchMode, .clearAllForwardings, .compression, .connectTimeout, .dynamicForward,
            .exitOnForwardFailure, .forkAfterAuthentication, .gatewayPorts, .localForward,
            .permitRemoteOpen, .proxyJump, .remoteForward, .requestTTY, .serverAliveCountMax,
            .serverAliveInterval, .sessionType, .stdinNull, .streamLocalBindMask,
            .streamLocalBindUnlink, .strictHostKeyChecking:
            false
        }
    }

    /// Forwards add up; of all other settings the first value counts.
    var addsUp: Bool { [.localForward, .remoteForward, .dynamicForward].contains(self) }

    /// Whether the value may have several words.
    var takesWords: Bool { addsUp || self == .permitRemoteOpen }
}

/// Keys of ssh that are known and refused, each with the reason.
enum RefusedSetting {
    static func reason(for key: some StringProtocol) -> String? { reasons[key.lowercased()] }

    private static let reasons: [String: String] = {
        let address = "a peer is found by its name alone; there is no address to set"
        let keys = "peers know each other by pairing, not by key files"
        let control = "each command has its own connection in this version"
        let session = "no command is run, and nothing but forwards goes to the peer"
        let proxy = "peers are reached over UDP; see --rendezvous, --proxy and ProxyJump"
        return [
            "hostname": address, "port": address,
            "user": "a peer is a key, and there are no users",
            "identityfile": keys, "identitiesonly": keys, "userknownhostsfile": keys,
            "globalknownhostsfile": keys, "hostkeyalias": keys, "hostkeyalgorithms": keys,
            "pubkeyauthentication": keys, "passwordauthentication": keys,
            "controlmaster": control, "controlpath": control, "controlpersist": control,
            "remotecommand": session, "forwardagent": session, "forwardx11": session,
            "sendenv": session, "setenv": session, "tunnel": session,
            "localcommand": "no command is run", "permitlocalcommand": "no command is run",
            "proxycommand": proxy, "proxyusefdpass": proxy,
            "bindinterface": "write BindAddress with an address of the interface",
            "escapechar": "there is no terminal at the peer",
            "enableescapecommandline": "there is no terminal at the peer",
            "ciphers": "there is one cipher, AES-256-GCM", "macs": "AES-256-GCM needs none",
            "kexalgorithms": "there is one handshake, Noise IKpsk2",
            "rekeylimit": "keys are renewed by themselves",
            "channeltimeout": "a flow lives as long as its connections",
            "tcpkeepalive": "write ServerAliveInterval or Hold",
        ]
    }()
}

/// The levels of ssh, by name.
enum LogLevelName: String, CaseIterable {
    case quiet = "QUIET"
    case fatal = "FATAL"
    case error = "ERROR"
    case info = "INFO"
    case verbose = "VERBOSE"
    case debug = "DEBUG"
    case debug1 = "DEBUG1"
    case debug2 = "DEBUG2"
    case debug3 = "DEBUG3"

    var level: Logger.Level {
        switch self {
        case .quiet, .fatal, .error: .error
        case .info: .info
        case .verbose, .debug, .debug1: .debug
        case .debug2, .debug3: .trace
        }
    }
}
