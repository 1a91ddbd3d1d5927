import Forwarding
import SRMUDP

/// Reads the values of options that several commands share.
struct OptionValues {
    let parsed: ArgumentParser.Result

    init(_ parsed: ArgumentParser.Result) { self.parsed = parsed }

    /// All forwards in the order of the command line; none listens where another does.
    func forwards(
        variables: (String) -> String?, services: @escaping (String) -> UInt16?
    ) throws(CommandError) -> [ForwardSpecification] {
        var forwards: [ForwardSpecification] = []
        for option in parsed.options {
            guard let kind = option.definition.id.forwardKind, let text = option.value else {
                continue
            }
            let forward: ForwardSpecification
            do throws(ForwardSpecificationError) {
                forward = try ForwardSpecification(
                    kind, parsing: text, variables: variables, services: services)
            } catch {
                throw .usage(
                    "option '\(option.definition.displayName)'", error.description,
                    hint: "write \(error.grammar)")
            }
            if let reason = forward.notOffered {
                throw .usage("option '\(option.definition.displayName)'", reason)
            }
            if let other = forwards.first(where: forward.collides) {
                throw .usage(
                    "option '\(option.definition.displayName)'",
                    "'\(forward)' listens where '\(other)' does")
            }
            forwards.append(forward)
        }
        return forwards
    }

    var connectTimeout: Lifetime {
        get throws(CommandError) {
            var texts = parsed.values(of: .connectTimeout).map { ("--connect-timeout", $0) }
            texts += try settings.filter { $0.setting == .connectTimeout }.map {
                ("-o ConnectTimeout", $0.value)
            }
            guard let (option, text) = texts.first else { return Self.defaultConnectTimeout }
            return try Self.lifetime(text, option: option, defaultUnit: 1)
        }
    }

    /// 30 seconds.
    private static let defaultConnectTimeout = Lifetime(seconds: 30) ?? .minutes(1)

    var transport: TransportSettings {
        get throws(CommandError) {
            var transport = TransportSettings()
            // As with ssh the first value counts, and options come before settings.
            for (setting, value) in try settings.reversed() {
                try apply(setting, value, to: &transport)
            }
            if let text = parsed.values(of: .congestion).first {
                transport.congestion = try Self.congestion(text, "--congestion")
            }
            if let hold = try Self.lifetime(parsed, .hold) { transport.hold = hold }
            try Self.check(hold: transport.hold)
            return transport
        }
    }

    /// A peer that slept for longer than a day is better met anew.
    private static func check(hold: Lifetime) throws(CommandError) {
        guard hold.seconds <= 86_400 else {
            throw .usage("--hold", "a silent connection is kept for 24h at most")
        }
    }

    private func apply(
        _ setting: ExpertSetting, _ value: String, to transport: inout TransportSettings
    ) throws(CommandError) {
        let option = "-o \(setting.rawValue)"
        switch setting {
        case .connectTimeout: break
        case .exitOnForwardFailure:
            guard try Self.flag(value, option) else {
                throw .usage(option, "a forward that cannot be set up always ends the command")
            }
        case .hold: transport.hold = try Self.lifetime(value, option: option, defaultUnit: nil)
        case .congestion: transport.congestion = try Self.congestion(value, option)
        case .offload: transport.usesOffload = try Self.flag(value, option)
        case .tellAddresses: transport.tellsAddresses = try Self.flag(value, option)
        case .largestDatagram:
            guard let size = Int(value), (1_200...65_000).contains(size) else {
                throw .usage(option, "'\(value.escapedForMessage)' is not a size (1200-65000)")
            }
            transport.largestDatagram = size
        }
    }

    /// The values of `-o`, in order.
    private var settings: [(setting: ExpertSetting, value: String)] {
        get throws(CommandError) {
            var settings: [(ExpertSetting, String)] = []
            for text in parsed.values(of: .setting) {
                let parts = text.split(maxSplits: 1, omittingEmptySubsequences: false) {
                    $0 == "=" || $0 == " "
                }
                let key = String(parts[0])
                guard let setting = ExpertSetting(key: key) else {
                    let near = nearest(to: key, among: ExpertSetting.allCases.map(\.rawValue))
                    throw .usage(
                        "option '-o'", "unknown key '\(key.escapedForMessage)'",
                        hint: near.map { "did you mean '\($0)'?" } ?? "p2pfwd --help")
                }
                guard parts.count == 2, !parts[1].isEmpty else {
                    throw .usage(
                        "option '-o'", "'\(setting.rawValue)' has no value",
                        hint: "write -o \(setting.rawValue)=\(setting.values)")
                }
                settings.append((setting, String(parts[1])))
            }
            return settings
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

    /// As `listenAddress`, of any option.
    static func address(
        _ parsed: ArgumentParser.Result, _ id: OptionDefinition.ID
    ) throws(CommandError) -> SocketAddress? {
        guard let option = parsed.options.first(where: { $0.definition.id == id }),
            let text = option.value
        else { return nil }
        if let address = SocketAddress(text) { return address }
        var port = text[...]
        if port.hasPrefix("*:") { port = port.dropFirst(2) }
        if port.hasPrefix(":") { port = port.dropFirst() }
        guard let address = SocketAddress("[::]:\(port)") else {
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

    private static func lifetime(
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

    private static func flag(_ text: String, _ option: String) throws(CommandError) -> Bool {
        switch text.lowercased() {
        case "yes", "true", "on": return true
        case "no", "false", "off": return false
        default:
            throw .usage(option, "'\(text.escapedForMessage)' is neither yes nor no")
        }
    }
}
