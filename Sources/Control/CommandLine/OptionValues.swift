import Forwarding
import SRMUDP

/// Reads the values of options that several commands share.
struct OptionValues {
    let parsed: ArgumentParser.Result
    let surroundings: Surroundings
    /// Those of `-o`, and behind them those of a configuration file once it was read.
    var settings: SettingList

    /// - Throws: what is wrong with the values of `-o`.
    init(_ parsed: ArgumentParser.Result, _ surroundings: Surroundings) throws(CommandError) {
        self.parsed = parsed
        self.surroundings = surroundings
        settings = try SettingList(options: parsed.values(of: .setting))
        guard !parsed.command.isForwarding else { return }
        for setting in settings.settings where !setting.key.isOfTransport {
            throw .usage(setting.origin, "it does not go with '\(parsed.command.name)'")
        }
        settings.append(parsed.fileSettings)
    }

    /// What is told on standard error: the options, then the setting.
    var logLevel: Logger.Level {
        if parsed.count(of: .quiet) > 0 { return .error }
        switch parsed.count(of: .verbose) {
        case 0:
            return settings.first(.logLevel).flatMap { LogLevelName(rawValue: $0.value)?.level }
                ?? parsed.fileLogLevel ?? .info
        case 1: return .debug
        default: return .trace
        }
    }

    var connectTimeout: Lifetime {
        get throws(CommandError) {
            guard let text = parsed.values(of: .connectTimeout).first else {
                return settings.lifetime(.connectTimeout) ?? Self.defaultConnectTimeout
            }
            return try Self.lifetime(text, option: "--connect-timeout", defaultUnit: 1)
        }
    }

    /// 30 seconds.
    private static let defaultConnectTimeout = Lifetime(seconds: 30) ?? .minutes(1)

    var transport: TransportSettings {
        get throws(CommandError) {
            var transport = TransportSettings()
            if let text = parsed.values(of: .congestion).first {
                transport.congestion = try Self.congestion(text, "--congestion")
            } else if let setting = settings.first(.congestion) {
                transport.congestion = try Self.congestion(setting.value, setting.origin)
            }
            if let hold = try hold { transport.hold = hold }
            transport.udpTimeout = try udpTimeout
            transport.usesOffload = settings.flag(.offload) ?? transport.usesOffload
            transport.tellsAddresses = settings.flag(.tellAddresses) ?? transport.tellsAddresses
            if let size = settings.first(.largestDatagram).flatMap({ Int($0.value) }) {
                transport.largestDatagram = size
            }
            return transport
        }
    }

    /// A peer that slept for longer than a day is better met anew.
    private var hold: Lifetime? {
        get throws(CommandError) {
            let given = try Self.lifetime(parsed, .hold) ?? settings.lifetime(.hold)
            guard let hold = given ?? holdOfSSH else { return nil }
            guard hold.seconds <= 86_400 else {
                let what = given == nil ? "ServerAliveInterval" : "--hold"
                throw .usage(what, "a silent connection is kept for 24h at most")
            }
            return hold
        }
    }

    private var udpTimeout: Lifetime? {
        get throws(CommandError) {
            guard let setting = settings.first(.udpTimeout),
                let idle = settings.lifetime(.udpTimeout)
            else { return nil }
            guard (1...86_400).contains(idle.seconds) else {
                throw .usage(setting.origin, "a flow may be idle for 1s to 24h")
            }
            return idle
        }
    }

    /// How long ssh would wait for a server that is silent.
    private var holdOfSSH: Lifetime? {
        guard let interval = settings.lifetime(.serverAliveInterval) else { return nil }
        let count = settings.first(.serverAliveCountMax).flatMap { Int64($0.value) } ?? 3
        return Lifetime(seconds: interval.seconds * count)
    }

    /// Where the node listens: `--listen`, or any port of the address of `-b`.
    var listen: SocketAddress? {
        get throws(CommandError) {
            let family = try family
            let bound = try bindAddress
            guard let listen = try Self.listenAddress(parsed) ?? bound else { return nil }
            // All addresses are written as `[::]`, or not at all.
            if family == .ipv4, listen.ip == .anyIPv6 {
                return SocketAddress(.anyIPv4, port: listen.port)
            }
            guard family.admits(listen.ip) else {
                throw .usage("\(listen)", "it is of the family that -4 or -6 excludes")
            }
            return listen
        }
    }

    private var bindAddress: SocketAddress? {
        get throws(CommandError) {
            let setting = settings.first(.bindAddress)
            guard let text = parsed.values(of: .bindAddress).first ?? setting?.value else {
                return nil
            }
            guard let address = IPAddress(text), !address.isMulticast else {
                throw .usage(
                    setting?.origin ?? "option '-b'",
                    "'\(text.escapedForMessage)' is not an address of this machine",
                    hint: "write 192.0.2.1 or 2001:db8::1")
            }
            return SocketAddress(address, port: 0)
        }
    }

    var family: AddressFamily {
        get throws(CommandError) {
            switch (parsed.count(of: .ipv4Only) > 0, parsed.count(of: .ipv6Only) > 0) {
            case (true, true): throw .usage("-4 and -6", "only one of them can hold")
            case (true, false): return .ipv4
            case (false, true): return .ipv6
            case (false, false):
                return settings.first(.addressFamily)
                    .flatMap { AddressFamily(rawValue: $0.value) } ?? .any
            }
        }
    }
}

extension OptionValues {
    /// `ADDR:PORT`, `[ADDR]:PORT`, `*:PORT`, `:PORT` or `PORT`; without address it is all of them.
    static func listenAddress(
        _ parsed: ArgumentParser.Result
    ) throws(CommandError) -> SocketAddress? {
        try address(parsed, .listen)
    }

    static func listenAddress(_ text: String) -> SocketAddress? {
        if let address = SocketAddress(text) { return address }
        var port = text[...]
        if port.hasPrefix("*:") { port = port.dropFirst(2) }
        if port.hasPrefix(":") { port = port.dropFirst() }
        return SocketAddress("[::]:\(port)")
    }

    /// As `listenAddress`, of any option.
    static func address(
        _ parsed: ArgumentParser.Result, _ id: OptionDefinition.ID
    ) throws(CommandError) -> SocketAddress? {
        guard let option = parsed.options.first(where: { $0.definition.id == id }),
            let text = option.value
        else { return nil }
        guard let address = listenAddress(text) else {
            throw .usage(
                option.definition.displayName,
                "'\(text.escapedForMessage)' is not an address and port",
                hint: "write 7001, 127.0.0.1:7001 or [::1]:7001")
        }
        return address
    }

    static func addresses(
        _ parsed: ArgumentParser.Result
    ) throws(CommandError) -> [SocketAddress] {
        var addresses: [SocketAddress] = []
        for text in parsed.values(of: .address) {
            guard let address = SocketAddress(text), Ticket.isUsable(address) else {
                throw .usage(
                    "--address", "'\(text.escapedForMessage)' is no address that can be reached",
                    hint: "write 192.0.2.1:7001 or [2001:db8::1]:7001")
            }
            if !addresses.contains(address) { addresses.append(address) }
        }
        return addresses
    }

    static func lifetime(
        _ parsed: ArgumentParser.Result, _ id: OptionDefinition.ID
    ) throws(CommandError) -> Lifetime? {
        guard
            let option = parsed.options.first(where: { $0.definition.id == id }),
            let text = option.value
        else { return nil }
        return try lifetime(text, option: option.definition.displayName, defaultUnit: nil)
    }

    static func lifetime(
        _ text: String, option: String, defaultUnit: Int64?
    ) throws(CommandError) -> Lifetime {
        guard let lifetime = Lifetime(text, defaultUnit: defaultUnit) else {
            throw .usage(
                option, "'\(text.escapedForMessage)' is not a length of time",
                hint: "write a number with a unit: 90s, 10m, 24h or 7d")
        }
        return lifetime
    }

    private static func congestion(
        _ text: String, _ option: String
    ) throws(CommandError) -> TransportSettings.Congestion {
        guard let congestion = TransportSettings.Congestion(rawValue: text.lowercased()) else {
            let names = TransportSettings.Congestion.allCases.map(\.rawValue)
            throw .usage(
                option, "'\(text.escapedForMessage)' is not a congestion controller",
                hint: "write one of: \(names.joined(separator: ", "))")
        }
        return congestion
    }
}
