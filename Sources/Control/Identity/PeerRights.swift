import Forwarding

/// What is said of one peer's rights, in its line of the file `peers` or with a ticket. What is not
/// said holds for it as for everybody.
///
///     permit=localhost:80,10.0.0.0/8:*   destinations, besides those that everybody may reach;
///                                        `none`: no rights at all, not even everybody's
///     listen=8080,localhost:9000-9010    where it may have us listen
///     gateway=no|clientspecified|yes     at which addresses besides loopback
///     relay=yes|no                       whether it may be taken to other peers
///     flows=100                          at a time
///     rate=1M                            bytes a second, both directions together
///     ask=yes|no                         whether somebody is asked about the rest
package struct PeerRights: Equatable, Sendable {
    /// Rules in the form of `--permit`, or `none` alone.
    package var open: [String] = []
    package var listen: [ListenRule] = []
    package var gateway: GatewayPorts?
    package var mayRelay: Bool?
    package var maximumFlows: Int?
    package var rate: Int64?
    package var asks: Bool?

    package init() {}

    /// No rights at all.
    package static var none: PeerRights {
        var rights = PeerRights()
        rights.open = ["none"]
        return rights
    }

    package var isNone: Bool { open.contains { $0.lowercased() == "none" } }

    /// What the peer may do: what everybody may, and what is said of it alone.
    package func grants(besides common: PeerGrants) -> PeerGrants {
        guard !isNone else { return PeerGrants() }
        var grants = common
        // A rule that cannot be read permits nothing.
        let open = (try? AccessPolicy(parsing: open)) ?? .nothing
        grants.open = AccessPolicy(
            rules: common.open.rules + open.rules, paths: common.open.paths + open.paths)
        grants.listen += listen
        grants.gateway = gateway ?? common.gateway
        grants.mayRelay = mayRelay ?? common.mayRelay
        grants.maximumFlows = maximumFlows ?? common.maximumFlows
        grants.rate = rate ?? common.rate
        grants.asks = asks ?? common.asks
        return grants
    }

    /// Adds `other`; what it says once replaces what was said before.
    package mutating func add(_ other: PeerRights) {
        if isNone, !other.isNone { open = [] }
        open += other.open.filter { !open.contains($0) }
        listen += other.listen.filter { !listen.contains($0) }
        gateway = other.gateway ?? gateway
        mayRelay = other.mayRelay ?? mayRelay
        maximumFlows = other.maximumFlows ?? maximumFlows
        rate = other.rate ?? rate
        asks = other.asks ?? asks
    }
}

extension PeerRights {
    static let fieldNames: Set<String> = [
        "permit", "listen", "gateway", "relay", "flows", "rate", "ask",
    ]

    /// `name=value`, of what is said.
    var fields: [String] {
        var fields: [String] = []
        if !open.isEmpty { fields.append("permit=" + open.joined(separator: ",")) }
        if !listen.isEmpty {
            fields.append("listen=" + listen.map(\.description).joined(separator: ","))
        }
        if let gateway { fields.append("gateway=\(gateway.rawValue)") }
        if let mayRelay { fields.append("relay=\(mayRelay ? "yes" : "no")") }
        if let maximumFlows { fields.append("flows=\(maximumFlows)") }
        if let rate { fields.append("rate=\(ByteRate.text(rate))") }
        if let asks { fields.append("ask=\(asks ? "yes" : "no")") }
        return fields
    }

    init(fields: [String: String]) throws(TextLines.Complaint) {
        func value<Value>(
            _ name: String, _ parse: (String) -> Value?
        ) throws(TextLines.Complaint) -> Value? {
            guard let text = fields[name] else { return nil }
            guard let value = parse(text) else {
                throw .init("the value of '\(name)' is not valid")
            }
            return value
        }
        open = try value("permit", Self.rules) ?? []
        listen = try value("listen", Self.listenRules) ?? []
        gateway = try value("gateway", { GatewayPorts($0) })
        mayRelay = try value("relay", Self.flag)
        maximumFlows = try value("flows", Self.flowCount)
        rate = try value("rate", { ByteRate.parse($0) })
        asks = try value("ask", Self.flag)
    }

    static func flowCount(_ text: String) -> Int? {
        let isNumber = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 }
        guard isNumber, let count = Int(text), PeerGrants.flowRange.contains(count) else {
            return nil
        }
        return count
    }

    private static func rules(_ text: String) -> [String]? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        do throws(AccessPolicyError) {
            _ = try AccessPolicy(parsing: parts)
            return parts
        } catch {
            return nil
        }
    }

    private static func listenRules(_ text: String) -> [ListenRule]? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let rules = parts.compactMap { ListenRule(String($0)) }
        return rules.count == parts.count ? rules : nil
    }

    private static func flag(_ text: String) -> Bool? {
        switch text {
        case "yes": true
        case "no": false
        default: nil
        }
    }
}
