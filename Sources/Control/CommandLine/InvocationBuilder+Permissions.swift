import Forwarding
import SRMUDP

// The options that say what peers may do.
extension InvocationBuilder {
    /// - Parameter destinations: rules that stand as arguments, besides those of `--permit`.
    func rights(
        _ parsed: ArgumentParser.Result, destinations: [String] = [],
        warn: (String) -> Void = { _ in }
    ) throws(CommandError) -> PeerRights {
        var rights = PeerRights()
        rights.open = destinations + parsed.values(of: .permit)
        _ = try policy(rights.open, option: "--permit", warn: warn)
        for text in rights.open where text.contains(",") {
            throw .usage("--permit", "'\(text.escapedForMessage)' holds a comma")
        }
        rights.listen = try listenRules(parsed)
        if let text = parsed.values(of: .gatewayPorts).first {
            guard let gateway = GatewayPorts(text) else {
                throw .usage(
                    "--gateway-ports", "'\(text.escapedForMessage)' is not a choice",
                    hint: "write one of: no, clientspecified, yes")
            }
            rights.gateway = gateway
        }
        if parsed.count(of: .permitRelay) > 0 { rights.mayRelay = true }
        rights.maximumFlows = try OptionValues.number(
            parsed, .maximumFlows, in: PeerGrants.flowRange)
        if let text = parsed.values(of: .rate).first {
            guard let rate = ByteRate.parse(text) else {
                throw .usage(
                    "--rate", "'\(text.escapedForMessage)' is no number of bytes a second",
                    hint: "write 500000, 512K, 1M or 1G; at least 1K")
            }
            rights.rate = rate
        }
        guard !rights.isNone || rights == .none else {
            throw .usage("--permit", "'none' stands alone: it takes all rights away")
        }
        return rights
    }

    /// What every peer of a serving node may do.
    func grants(
        _ parsed: ArgumentParser.Result, warn: (String) -> Void
    ) throws(CommandError) -> PeerGrants {
        var grants = try rights(parsed, warn: warn).grants(besides: PeerGrants())
        grants.announced = try policy(
            parsed.values(of: .proxyProtocol), option: "--proxy-protocol", warn: warn)
        let asking = asking(parsed)
        grants.asks = asking.usesTerminal || asking.command != nil
        return grants
    }

    func asking(_ parsed: ArgumentParser.Result) -> AskingOptions {
        AskingOptions(
            usesTerminal: parsed.count(of: .ask) > 0,
            command: parsed.values(of: .askCommand).first)
    }

    /// - Throws: for `--ask` together with `--ask-command`.
    func checkAsking(_ options: AskingOptions) throws(CommandError) {
        guard options.usesTerminal, options.command != nil else { return }
        throw .usage("--ask", "a person and a program cannot both be asked")
    }

    func permit(
        _ parsed: ArgumentParser.Result, _ json: Bool
    ) throws(CommandError) -> PermitOptions {
        guard let peer = parsed.arguments.first else {
            throw .usage(
                "permit", "the peer is missing", hint: "p2pfwd permit laptop localhost:22")
        }
        try checkName(peer)
        let rights = try rights(parsed, destinations: Array(parsed.arguments.dropFirst()))
        let lifetime = try OptionValues.lifetime(parsed, .duration)
        let isEmpty = rights == PeerRights() && lifetime == nil
        if parsed.count(of: .none) > 0 || rights.isNone {
            guard isEmpty || rights == .none && lifetime == nil else {
                throw .usage("permit", "--none stands alone")
            }
            return PermitOptions(peer: peer, change: .none)
        }
        if isEmpty { return PermitOptions(peer: peer, change: .show(json: json)) }
        return PermitOptions(peer: peer, change: .add(rights, lifetime: lifetime))
    }

    private func listenRules(
        _ parsed: ArgumentParser.Result
    ) throws(CommandError) -> [ListenRule] {
        var rules: [ListenRule] = []
        for text in parsed.values(of: .permitListen) {
            guard let rule = ListenRule(text), !text.contains(","), !text.contains(" ") else {
                throw .usage(
                    "--permit-listen", "'\(text.escapedForMessage)' is no place to listen at",
                    hint: ListenRule.grammar)
            }
            rules.append(rule)
        }
        return rules
    }

    private func policy(
        _ texts: [String], option: String, warn: (String) -> Void
    ) throws(CommandError) -> AccessPolicy {
        do throws(AccessPolicyError) {
            return try AccessPolicy(parsing: texts) { warn("\(option): \($0)") }
        } catch {
            throw .usage(option, error.description, hint: AccessPolicyError.grammar)
        }
    }
}
