import Forwarding
import SRMUDP

/// What the bearer of one token may do.
///
///     {"links":["192.0.2.7:*"],"peers":{"homebox":["localhost:80"]},"methods":["path.*"],"metrics":true}
///
/// A member that is left out stands for what most tokens are for: key links to anywhere, and nothing
/// else. Patterns of destinations are those of `--permit` (`AccessPolicy`), without paths for links.
package struct WebPermissions: Equatable, Sendable {
    /// Where key links may lead; nil: anywhere.
    package var links: AccessPolicy?
    /// What flows to a peer may ask for, by its name.
    package var peers: [String: AccessPolicy]
    /// Names of control methods, as patterns with `*` and `?`; `!` in front excludes.
    package var methods: [String]
    /// Whether /metrics may be read.
    package var mayReadMetrics: Bool

    package init(
        links: AccessPolicy? = nil, peers: [String: AccessPolicy] = [:], methods: [String] = [],
        mayReadMetrics: Bool = false
    ) {
        self.links = links
        self.peers = peers
        self.methods = methods
        self.mayReadMetrics = mayReadMetrics
    }

    /// Whether a key link may lead to `address`, which `host` was resolved to or written as.
    package func permitsLink(to host: String, _ address: IPAddress, port: UInt16) -> Bool {
        guard let links else { return true }
        return links.permits(requestedHost: host, address: address, port: port)
    }

    /// Whether some address of `host` could be permitted; if not, there is no need to resolve it.
    package func couldPermitLink(to host: String, port: UInt16) -> Bool {
        links?.couldPermit(requestedHost: host, port: port) ?? true
    }

    /// Whether anything at all may be asked of a peer.
    package func permitsFlows(of peer: String) -> Bool { !(peers[peer]?.isEmpty ?? true) }

    /// Whether a flow to this destination of a peer may be asked for. The peer resolves names, so
    /// that only the text can be judged here; what its own rules forbid stays forbidden.
    package func permitsFlow(to target: HostPort, of peer: String) -> Bool {
        peers[peer]?.permitsUnresolved(target.host, port: target.port) ?? false
    }

    package func permitsFlow(to path: SocketPath, of peer: String) -> Bool {
        peers[peer]?.permits(path) ?? false
    }

    package func permitsMethod(_ name: String) -> Bool { NamePatterns(methods).match(name) }
}

extension AccessPolicy {
    /// Whether a destination is permitted that somebody else will resolve: an address counts as
    /// that address, and a name only by rules about names or about everything.
    fileprivate func permitsUnresolved(_ host: String, port: UInt16) -> Bool {
        if let address = IPAddress(host) {
            return permits(requestedHost: host, address: address, port: port)
        }
        let lowered = host.lowercased()
        let name = lowered.hasSuffix(".") ? String(lowered.dropLast()) : lowered
        return rules.contains { rule in
            guard rule.ports.contains(port) else { return false }
            switch rule.host {
            case .any: return true
            case .localhost: return name == "localhost"
            case .addresses: return false
            case .name(let permitted): return name == permitted
            case .suffix(let suffix):
                return name.hasSuffix(suffix) && name.utf8.count > suffix.utf8.count
            }
        }
    }

    /// The rules one by one, in the form that `--permit` takes.
    fileprivate var json: JSONValue {
        let texts = rules.map(\.description) + paths.map(\.description)
        return .array((texts.isEmpty ? ["none"] : texts).map { .string($0) })
    }
}

// As JSON: in requests for tokens, in answers about them, and in the file of tokens.
extension WebPermissions {
    static let memberNames = ["links", "peers", "methods", "metrics"]

    /// How many patterns or peers one member may have, and how long a pattern is, in bytes.
    static let entryLimit = 64
    static let patternLimit = 300

    /// Reads the members named above.
    init(_ parameters: ControlParameters) throws(ControlError) {
        self.init()
        if let texts = try parameters.optionalStrings("links") {
            links = try Self.policy(texts, "links", takesPaths: false)
        }
        let peers = try parameters.stringListMembers("peers")
        guard peers.count <= Self.entryLimit else { throw Self.tooMany("peers") }
        for (name, texts) in peers {
            guard Peer.isValid(name: name) else {
                throw .invalidParameters(
                    "'peers': '\(name.escapedForMessage)' cannot be the name of a peer")
            }
            self.peers[name] = try Self.policy(texts, "peers.\(name)", takesPaths: true)
        }
        methods = try parameters.optionalStrings("methods") ?? []
        guard methods.count <= Self.entryLimit else { throw Self.tooMany("methods") }
        do throws(ControlError) {
            for pattern in methods { try WebMethods.check(pattern) }
        } catch {
            throw .invalidParameters("'methods': \(error.why)", hint: error.hint)
        }
        mayReadMetrics = try parameters.flag("metrics")
    }

    private static func policy(
        _ texts: [String], _ name: String, takesPaths: Bool
    ) throws(ControlError) -> AccessPolicy {
        guard texts.count <= entryLimit else { throw tooMany(name) }
        guard texts.allSatisfy({ $0.utf8.count <= patternLimit }) else {
            throw .invalidParameters("'\(name)': a pattern has \(patternLimit) bytes at most")
        }
        var complaint: String?
        let policy: AccessPolicy
        do throws(AccessPolicyError) {
            policy = try AccessPolicy(parsing: texts) { complaint = $0 }
        } catch {
            throw .invalidParameters("'\(name)': \(error)", hint: AccessPolicyError.grammar)
        }
        // A program can write what it means.
        if let complaint { throw .invalidParameters("'\(name)': \(complaint)") }
        guard takesPaths || policy.paths.isEmpty else {
            throw .invalidParameters("'\(name)': a link leads to no path")
        }
        return policy
    }

    private static func tooMany(_ name: String) -> ControlError {
        .invalidParameters("'\(name)' has \(entryLimit) entries at most")
    }

    /// What is not as it would be by itself.
    var members: [JSONValue.Member] {
        var members: [JSONValue.Member] = []
        if let links { members.append(("links", links.json)) }
        if !peers.isEmpty { members.append(("peers", peersJSON)) }
        if !methods.isEmpty { members.append(("methods", methodsJSON)) }
        if mayReadMetrics { members.append(("metrics", .bool(true))) }
        return members
    }

    /// Everything.
    var allMembers: [JSONValue.Member] {
        [
            ("links", links?.json ?? .null), ("peers", peersJSON), ("methods", methodsJSON),
            ("metrics", .bool(mayReadMetrics)),
        ]
    }

    private var peersJSON: JSONValue {
        .object(peers.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) })
    }

    private var methodsJSON: JSONValue { .array(methods.map { .string($0) }) }
}
