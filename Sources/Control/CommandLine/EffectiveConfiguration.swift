import Forwarding
import SRMUDP

/// What `-G` prints: the settings that hold for a peer, in the form of a configuration file, so
/// that `-F` with this text means the same again.
struct EffectiveConfiguration {
    let options: ForwardOptions
    let level: Logger.Level
    let usesSSHExitCodes: Bool

    var text: String {
        let lines = ["Host \(options.peer)"] + settings.map { "    \($0.key.rawValue) \($0.value)" }
        return (lines + forwards.map { "    \($0)" }).joined(separator: "\n")
    }

    var settings: [(key: SettingKey, value: String)] {
        let transport = options.transport
        var settings: [(SettingKey, String)] = [
            (.addressFamily, options.meeting.family.rawValue),
            (.congestion, transport.congestion.rawValue),
            (.connectTimeout, "\(options.connectTimeout)"),
            (.exitOnForwardFailure, word(options.exitsOnFailure)),
            (.forkAfterAuthentication, word(options.goesToBackground)),
            (.hold, "\(transport.hold)"),
            (.largestDatagram, "\(transport.largestDatagram)"),
            (.logLevel, levelName.rawValue),
            (.offload, word(transport.usesOffload)),
            (.sshExitCodes, word(usesSSHExitCodes)),
            (.streamLocalBindMask, octal(options.socketMask)),
            (.streamLocalBindUnlink, word(options.replacesSockets)),
            (.tellAddresses, word(transport.tellsAddresses)),
        ]
        if let idle = transport.udpTimeout { settings.append((.udpTimeout, "\(idle)")) }
        if !options.vias.isEmpty {
            settings.append((.proxyJump, options.vias.joined(separator: ",")))
        }
        if let policy = options.remoteOpenPolicy {
            let rules = policy.rules.map(\.description).joined(separator: " ")
            settings.append((.permitRemoteOpen, rules.isEmpty ? "none" : rules))
        }
        if let listen = options.listen, listen.port == 0 {
            settings.insert((.bindAddress, "\(listen.ip)"), at: 1)
        }
        return settings
    }

    private var forwards: [String] {
        options.forwards.compactMap { forward in
            let destination = "\(forward.destination)\(forward.transport == .udp ? "/udp" : "")"
            switch (forward.kind, forward.destination) {
            case (.local, _): return "LocalForward \(forward.entry.quoted) \(destination.quoted)"
            case (.remote, .socks): return "RemoteForward \(forward.entry.quoted)"
            case (.remote, _): return "RemoteForward \(forward.entry.quoted) \(destination.quoted)"
            case (.dynamic, _): return "DynamicForward \(forward.entry.quoted)"
            // Files have no way to say it.
            case (.standardStreams, _): return nil
            }
        }
    }

    private var levelName: LogLevelName {
        switch level {
        case .error: .error
        case .warning, .info: .info
        case .debug: .debug
        case .trace: .debug2
        }
    }

    private func word(_ flag: Bool) -> String { flag ? "yes" : "no" }
}

extension ForwardSpecification.Entry {
    /// As a word of a configuration file that means the same wherever `GatewayPorts` stands.
    fileprivate var quoted: String { "\(self)".quoted }
}

extension String {
    /// As one word of a configuration file, where `%` and `$` mean nothing in a path.
    fileprivate var quoted: String {
        let plain =
            contains("/")
            ? split(separator: "%", omittingEmptySubsequences: false)
                .joined(separator: "%%") : self
        guard plain.contains(where: { " \t\"'\\#".contains($0) }) else { return plain }
        return "\"" + plain.map { "\"\\".contains($0) ? "\\\($0)" : String($0) }.joined() + "\""
    }
}
