import Forwarding

/// One option of the command line: how it is written, what it takes, what it is for.
package struct OptionDefinition: Sendable {
    /// What the option means; the same option may stand with several commands.
    package enum ID: Hashable, Sendable {
        case home, verbose, quiet, help, version, json, logFormat
        case watch, flows, seconds, up, down, quick, hideAddresses
        case local, remote, dynamic, standardStreams, noCommand, noInput, noTerminal
        case background, gateway, configurationFile, printsConfiguration, logFile
        case ipv4Only, ipv6Only, bindAddress, readyPipe, jump, standalone, now
        case proxyUsers, openProxy
        case listen, permit, name, expires, address, ticketFile
        case connectTimeout, hold, congestion, printPorts, setting
        case server, path, proxy, probeBudget, words, uses, duration, interval, untilDirect
        case permitListen, gatewayPorts, permitRelay, maximumFlows, rate, none
        case ask, askCommand, audit, proxyProtocol
        case commandLine, drain, closeFlow, level, lines
        case userService, systemService, force
        case port, keyFile, remoteEnd, echo, once
        case webSocket, certificate, certificateKey, certificateAuthority, relayRate, passwordFile
        case web, webPlain, webCertificate, webKey, webClientAuthority, webHost, webOrigin
        case webTokenCallers, webOpenMetrics, webLinkPort, webClients, webClientMethods
        case webCompression, webCompressionThreshold

        /// What an option that stands for a forward asks for; nil for all others.
        package var forwardKind: ForwardSpecification.Kind? {
            let kinds: [Self: ForwardSpecification.Kind] = [
                .local: .local, .remote: .remote, .dynamic: .dynamic,
                .standardStreams: .standardStreams,
            ]
            return kinds[self]
        }
    }

    /// What shells offer as its value.
    package enum Completion: Sendable {
        case nothing
        case file
        case directory
        case choices([String])
        /// `Key=value`, of `SettingKey`.
        case settings
    }

    package let id: ID
    package let short: Character?
    package let long: String?
    /// The name of the value in help texts; nil for a switch.
    package let value: String?
    package let completion: Completion
    /// Whether several values add up. Otherwise a second, different value is an error.
    package let isRepeatable: Bool
    /// False for what is understood, but not offered by this version: help does not name it.
    package let isOffered: Bool
    package let summary: String

    init(
        _ id: ID, short: Character? = nil, long: String? = nil, value: String? = nil,
        completion: Completion = .nothing, isRepeatable: Bool = false,
        isOffered: Bool = true, summary: String
    ) {
        self.id = id
        self.short = short
        self.long = long
        self.value = value
        self.completion = completion
        self.isRepeatable = isRepeatable
        self.isOffered = isOffered
        self.summary = summary
    }

    /// All spellings: `-v`, `--verbose`.
    package var spellings: [String] {
        (short.map { ["-\($0)"] } ?? []) + (long.map { ["--\($0)"] } ?? [])
    }

    /// The spelling to use in messages.
    package var displayName: String { spellings.last ?? "" }

    /// `-L [bind_address:]port:host:hostport` or `--home DIR`.
    package var synopsis: String {
        spellings.joined(separator: ", ") + (value.map { " \($0)" } ?? "")
    }
}

/// A command with its options and the arguments that it takes.
package struct CommandDefinition: Sendable {
    /// The word on the command line; empty for forwarding, which has none.
    package let name: String
    package let summary: String
    /// The forms in which it is called, without `p2pfwd`.
    package let synopses: [String]
    /// One paragraph; where its lines end does not matter.
    package let details: [String]
    package let options: [OptionDefinition]
    /// What shells offer for an argument.
    package enum Argument: Sendable {
        case peer
        case file
        /// Of `ConfigurationKey`.
        case configurationKey
        /// A forward of the node that is running.
        case forward
    }

    /// What shells offer for the first argument.
    package let argumentWords: [String]
    /// What shells offer behind such a word, one after the other; behind others it is `takesPeer`
    /// that says it.
    package let followers: [String: [Argument]]
    package let takesPeer: Bool
    package let examples: [String]

    init(
        name: String, summary: String, synopses: [String], details: [String],
        options: [OptionDefinition], argumentWords: [String] = [],
        followers: [String: [Argument]] = [:], takesPeer: Bool = false, examples: [String] = []
    ) {
        self.name = name
        self.summary = summary
        self.synopses = synopses
        self.details = details
        self.options = options
        self.argumentWords = argumentWords
        self.followers = followers
        self.takesPeer = takesPeer
        self.examples = examples
    }
}

extension CommandDefinition {
    /// What shells offer for one argument.
    struct Offer {
        /// Counted from 0 behind the command.
        let position: Int
        /// The first argument that it goes with; nil for any.
        let behind: String?
        let words: [String]
        let argument: Argument?
    }

    /// In the order of positions.
    var offers: [Offer] {
        let hasWords = !argumentWords.isEmpty
        var offers: [Offer] = []
        if hasWords || takesPeer {
            offers.append(
                Offer(
                    position: 0, behind: nil, words: argumentWords,
                    argument: hasWords ? nil : .peer))
        }
        for word in argumentWords {
            let arguments = followers[word] ?? (takesPeer ? [.peer] : [])
            for (index, argument) in arguments.enumerated() {
                offers.append(
                    Offer(position: index + 1, behind: word, words: [], argument: argument))
            }
        }
        return offers.sorted { $0.position < $1.position }
    }
}
