import Forwarding
import SRMUDP

/// What a client asks of a node with `forward.add`: the forwards of one command line.
///
/// It is made of a command's options on one side and becomes options again on the other, by way of
/// the words that a command line would have.
struct ForwardRequest: Equatable {
    /// The settings that belong to forwards; all others are the node's.
    static let settingKeys: Set<SettingKey> = [
        .connectTimeout, .exitOnForwardFailure, .permitRemoteOpen, .streamLocalBindMask,
        .streamLocalBindUnlink, .udpTimeout,
    ]

    var peer: String
    /// Kind and specification: local, `8080:localhost:80`.
    private(set) var forwards: [(kind: ForwardSpecification.Kind, specification: String)]
    /// The same on the client's side, as they were written.
    private var specifications: [ForwardSpecification] = []
    var settings: [(name: String, value: String)] = []
    /// An absolute path.
    var proxyUsersFile: String?
    var opensProxy = false

    static func == (left: ForwardRequest, right: ForwardRequest) -> Bool {
        left.parameters.text == right.parameters.text
    }

    // MARK: The client's side

    /// Nil where the options are not for a node that other commands use as well: where they say how
    /// the node itself is to be, or pair for this one time.
    ///
    /// - Parameter node: how the node is in any case.
    init?(
        _ options: ForwardOptions, directory: String, node: NodeSettings = NodeSettings()
    ) {
        var transport = options.transport
        transport.udpTimeout = node.transport.udpTimeout
        guard options.listen == nil, options.meeting == node.meeting,
            transport == node.transport, options.vias.isEmpty,
            !PairingCode.looksLikeCode(options.peer),
            options.forwards.allSatisfy({ $0.kind != .standardStreams })
        else { return nil }
        peer = options.peer
        specifications = options.forwards.map { $0.absolute(in: directory) }
        forwards = specifications.map { ($0.kind, $0.literal) }
        settings = EffectiveConfiguration(options: options, level: .info, usesSSHExitCodes: false)
            .settings.filter { Self.settingKeys.contains($0.key) }
            .map { ($0.key.rawValue, $0.value) }
        proxyUsersFile = options.proxyUsersFile.map { $0.absolutePath(in: directory) }
        opensProxy = options.opensProxy
    }

    /// The forwards of a node, whose own settings are not theirs.
    init?(hosted options: ForwardOptions) {
        var options = options
        let udpTimeout = options.transport.udpTimeout
        options.meeting = MeetingSettings()
        options.transport = TransportSettings()
        options.transport.udpTimeout = udpTimeout
        self.init(options, directory: "/")
    }

    /// The same with these of the forwards alone.
    func keeping(_ indices: [Int]) -> ForwardRequest {
        var request = self
        request.forwards = indices.map { forwards[$0] }
        request.specifications = indices.map { specifications[$0] }
        return request
    }

    /// Whether two requests differ in nothing but their forwards.
    func isLike(_ other: ForwardRequest) -> Bool { keeping([]) == other.keeping([]) }

    /// From now on this port is asked for where any one would have done.
    mutating func choose(_ port: UInt16, forForward index: Int) {
        guard specifications.indices.contains(index),
            case .port(let bind, 0) = specifications[index].entry
        else { return }
        let old = specifications[index]
        specifications[index] = ForwardSpecification(
            kind: old.kind, transport: old.transport, entry: .port(bind, port),
            destination: old.destination)
        forwards[index].specification = specifications[index].literal
    }

    var parameters: JSONValue { .object(members) }

    var members: [(name: String, value: JSONValue)] {
        var members: [(name: String, value: JSONValue)] = [
            ("peer", .string(peer)),
            (
                "forwards",
                .array(
                    forwards.map {
                        .object([
                            ("kind", .string($0.kind.word)),
                            ("specification", .string($0.specification)),
                        ])
                    })
            ),
            ("settings", .object(settings.map { ($0.name, .string($0.value)) })),
        ]
        if let proxyUsersFile { members.append(("proxyUsersFile", .string(proxyUsersFile))) }
        if opensProxy { members.append(("opensProxy", .bool(true))) }
        return members
    }

    // MARK: The node's side

    /// The members that it is made of.
    static let memberNames = ["peer", "forwards", "settings", "proxyUsersFile", "opensProxy"]

    init(_ parameters: ControlParameters) throws(ControlError) {
        peer = try parameters.string("peer")
        forwards = []
        for entry in try parameters.objects("forwards") {
            try entry.expect(["kind", "specification"])
            let word = try entry.string("kind")
            guard let kind = ForwardSpecification.Kind.allCases.first(where: { $0.word == word }),
                kind != .standardStreams
            else { throw .invalidParameters("kind: write local, remote or dynamic") }
            forwards.append((kind, try entry.string("specification")))
        }
        settings = try parameters.textMembers("settings").map { (name: $0.0, value: $0.1) }
        proxyUsersFile = try parameters.optionalString("proxyUsersFile")
        opensProxy = try parameters.flag("opensProxy")
        for setting in settings {
            guard SettingKey(key: setting.name).map(Self.settingKeys.contains) ?? true else {
                throw .invalidParameters(
                    "settings: \(setting.name) is a setting of the node, not of a forward")
            }
        }
    }

    /// What a command line with these words asks for.
    func options() throws(CommandError) -> ForwardOptions {
        var words = ["-F", "none"]
        for forward in forwards { words += [forward.kind.letter, forward.specification] }
        for setting in settings { words += ["-o", "\(setting.name)=\(setting.value)"] }
        if let proxyUsersFile { words += ["--proxy-auth", proxyUsersFile] }
        if opensProxy { words.append("--open-proxy") }
        words += ["--", peer]
        // Nothing of the node's own surroundings gets into what a client writes.
        let builder = InvocationBuilder(
            surroundings: Surroundings(variable: { _ in nil }, service: { _ in nil }))
        let invocation = try builder.invocation(for: words)
        guard case .forward(let options) = invocation.command else {
            throw .usage("peer", "'\(peer.escapedForMessage)' is not the name of a peer")
        }
        return options
    }
}

extension ForwardSpecification {
    /// With the path of a socket on this side as one that means the same in another folder.
    fileprivate func absolute(in directory: String) -> ForwardSpecification {
        var entry = entry
        var destination = destination
        if kind != .remote, case .path(let path) = entry {
            entry = .path(path.absolutePath(in: directory))
        }
        if kind == .remote, case .path(let path) = destination {
            destination = .path(path.absolutePath(in: directory))
        }
        return ForwardSpecification(
            kind: kind, transport: transport, entry: entry, destination: destination)
    }

    /// As text in which `%` stands for itself, which it does in paths only.
    fileprivate var literal: String {
        "\(self)".split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%")
    }
}

extension String {
    func absolutePath(in directory: String) -> String {
        hasPrefix("/") ? self : "\(directory)/\(self)"
    }
}
