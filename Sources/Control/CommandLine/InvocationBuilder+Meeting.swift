import Forwarding
import SRMUDP

// The commands with which nodes find each other.
extension InvocationBuilder {
    func share(_ parsed: ArgumentParser.Result, _ json: Bool) throws(CommandError) -> ShareOptions {
        guard !parsed.arguments.isEmpty else {
            throw .usage(
                "share", "nothing to share: which port shall the peer reach?",
                hint: "p2pfwd share localhost:80")
        }
        do throws(AccessPolicyError) {
            _ = try AccessPolicy(parsing: parsed.arguments)
        } catch {
            throw .usage("share", error.description, hint: AccessPolicyError.grammar)
        }
        let values = try values(parsed)
        return ShareOptions(
            destinations: parsed.arguments, name: try name(parsed),
            duration: try OptionValues.lifetime(parsed, .duration),
            listen: try values.listen, json: json,
            invitation: try values.invitation, meeting: try values.meeting,
            transport: try values.transport, rights: try rights(parsed))
    }

    func rendezvous(_ parsed: ArgumentParser.Result) throws(CommandError) -> RendezvousOptions {
        try refuseArguments(parsed)
        var options = RendezvousOptions()
        if let listen = try OptionValues.listenAddress(parsed) { options.listen = listen }
        options.webSocket = try OptionValues.address(parsed, .webSocket)
        options.relayRate = try OptionValues.number(parsed, .relayRate, in: 0...10_000_000)
            .map { $0 * 1024 }
        options.passwordFile = parsed.values(of: .passwordFile).first
        let certificate = parsed.values(of: .certificate).first
        let key = parsed.values(of: .certificateKey).first
        switch (certificate, key) {
        case (nil, nil): break
        case (let certificate?, let key?):
            options.tls = .init(certificate: certificate, key: key)
        case (nil, _?), (_?, nil):
            throw .usage("rendezvous", "--tls-cert and --tls-key go together")
        }
        guard options.tls == nil || options.webSocket != nil else {
            throw .usage("rendezvous", "--tls-cert is for --websocket, which is not given")
        }
        return options
    }

    func netcheck(
        _ parsed: ArgumentParser.Result, _ json: Bool
    ) throws(CommandError) -> NetcheckOptions {
        try refuseArguments(parsed)
        let values = try values(parsed)
        return NetcheckOptions(
            listen: try values.listen, json: json, meeting: try values.meeting)
    }

    func ping(_ parsed: ArgumentParser.Result, _ json: Bool) throws(CommandError) -> PingOptions {
        let values = try values(parsed)
        return PingOptions(
            peer: try onlyPeer(parsed), endsWhenDirect: parsed.count(of: .untilDirect) > 0,
            duration: try OptionValues.lifetime(parsed, .duration),
            connectTimeout: try values.connectTimeout, json: json,
            meeting: try values.meeting, isStandalone: values.isStandalone)
    }

    func why(_ parsed: ArgumentParser.Result, _ json: Bool) throws(CommandError) -> WhyOptions {
        let values = try values(parsed)
        return WhyOptions(
            peer: try onlyPeer(parsed), connectTimeout: try values.connectTimeout, json: json,
            meeting: try values.meeting, isStandalone: values.isStandalone)
    }

    func onlyPeer(_ parsed: ArgumentParser.Result) throws(CommandError) -> String {
        let command = parsed.command.name
        guard let peer = parsed.arguments.first, parsed.arguments.count == 1 else {
            throw .usage(command, "takes one peer", hint: "p2pfwd \(command) PEER")
        }
        try checkName(peer)
        return peer
    }
}

extension OptionValues {
    var meeting: MeetingSettings {
        get throws(CommandError) { try readMeeting() }
    }

    private func readMeeting() throws(CommandError) -> MeetingSettings {
        var settings = MeetingSettings()
        for text in parsed.values(of: .server) {
            do throws(ServerAddressError) {
                let server = try ServerAddress(text)
                if !settings.servers.contains(server) { settings.servers.append(server) }
            } catch {
                throw .usage("--rendezvous", error.description, hint: error.hint)
            }
        }
        if let text = parsed.values(of: .path).first {
            guard let path = PathPolicy(rawValue: text.lowercased()) else {
                throw .usage(
                    "--path", "'\(text.escapedForMessage)' is no kind of path",
                    hint: "write one of: auto, direct, relay")
            }
            settings.path = path
        }
        settings.probeBudget =
            try Self.number(parsed, .probeBudget, in: 0...65_535)
            ?? MeetingSettings.defaultProbeBudget
        settings.family = try family
        settings.proxy = try proxy
        settings.authorities = parsed.values(of: .certificateAuthority).first
        settings.passwordFile = parsed.values(of: .passwordFile).first
        return settings
    }

    private var proxy: ProxyAddress? {
        get throws(CommandError) {
            let given = parsed.values(of: .proxy).first
            let variable = surroundings.variable
            guard let text = given ?? variable("ALL_PROXY") ?? variable("all_proxy"),
                !text.isEmpty
            else { return nil }
            do throws(ProxyAddressError) {
                return try ProxyAddress(parsing: text)
            } catch {
                throw .usage(given == nil ? "ALL_PROXY" : "--proxy", error.description)
            }
        }
    }

    var invitation: InvitationOptions {
        get throws(CommandError) {
            var invitation = InvitationOptions()
            invitation.wordCount =
                try Self.number(parsed, .words, in: 2...4) ?? invitation.wordCount
            invitation.uses = try Self.number(parsed, .uses, in: 1...16) ?? invitation.uses
            if let lifetime = try Self.lifetime(parsed, .expires) {
                guard lifetime <= Self.longestCode else {
                    throw .usage(
                        "--expires", "a code is good for \(Self.longestCode) at most",
                        hint: "for longer use a ticket: p2pfwd ticket --name NAME --expires 7d")
                }
                invitation.lifetime = lifetime
            }
            return invitation
        }
    }

    private static let longestCode = Lifetime.minutes(24 * 60)

    static func number(
        _ parsed: ArgumentParser.Result, _ id: OptionDefinition.ID, in range: ClosedRange<Int>
    ) throws(CommandError) -> Int? {
        guard let option = parsed.options.first(where: { $0.definition.id == id }),
            let text = option.value
        else { return nil }
        let isNumber = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 }
        guard isNumber, let number = Int(text), range.contains(number) else {
            throw .usage(
                option.definition.displayName,
                "'\(text.escapedForMessage)' is not a number from \(range.lowerBound) to "
                    + "\(range.upperBound)")
        }
        return number
    }
}
