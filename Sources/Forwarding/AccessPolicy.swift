import SRMUDP

/// What a peer may have dialled on this side. Without rules: nothing.
///
/// A destination is judged after its name was resolved, once for every address, and only addresses
/// that passed are dialled; a name cannot be pointed at something else in between.
///
/// - A rule with an address or a block of addresses permits what resolves into it, whatever name
///   was asked for. IPv4 addresses in IPv6 form count as IPv4.
/// - A rule with a name permits exactly that name (upper case and a dot at the end do not matter)
///   at whatever address it has for this side's resolver. Who controls the name's DNS entry decides
///   what is reached; a rule with an address has no such gap.
/// - `localhost` is 127.0.0.1 and ::1, asked for by that name or by address.
/// - `*.example.org` permits every name below example.org, but not example.org itself.
/// - No rule permits an unspecified, multicast or broadcast address.
/// - Where a client of a proxy named the destination, loopback and the like (`ClosedRanges`) want
///   a rule of their own: `any` and other rules that merely contain them do not open them.
package struct AccessPolicy: Equatable, Sendable {
    package struct Rule: Hashable, Sendable {
        package enum Host: Hashable, Sendable {
            case any
            case localhost
            case addresses(IPPrefix)
            /// In lower case, without a dot at the end.
            case name(String)
            /// `.example.org`: what a permitted name ends with.
            case suffix(String)
        }

        package let host: Host
        package let ports: ClosedRange<UInt16>
    }

    package let rules: [Rule]
    /// Which UNIX sockets are permitted.
    package let paths: [PathPattern]

    package init(rules: [Rule], paths: [PathPattern] = []) {
        self.rules = rules
        self.paths = paths
    }

    package var isEmpty: Bool { rules.isEmpty && paths.isEmpty }

    package static let nothing = AccessPolicy(rules: [])
    /// What `any` permits, but no path.
    package static let anywhere = AccessPolicy(rules: [Rule(host: .any, ports: 0...UInt16.max)])

    /// Whether `address`, which `requestedHost` resolved to (or was written as), may be dialled.
    ///
    /// - Parameter isDynamic: a client of a proxy named the destination, not the user.
    package func permits(
        requestedHost: String, address: IPAddress, port: UInt16, isDynamic: Bool = false
    ) -> Bool {
        guard Self.canEverPermit(address, port: port) else { return false }
        let name = Self.canonical(requestedHost)
        let closed = isDynamic ? ClosedRanges.range(of: address) : nil
        return rules.contains { rule in
            rule.ports.contains(port) && rule.host.permits(name, address)
                && (closed.map(rule.host.opens) ?? true)
        }
    }

    /// Whether some rule could permit this address.
    static func canEverPermit(_ address: IPAddress, port: UInt16) -> Bool {
        port != 0 && !address.isUnspecified && !address.isMulticast && !address.isBroadcast
    }

    /// Whether some address could pass at all; if not, there is no need to resolve the name.
    package func couldPermit(
        requestedHost: String, port: UInt16, isDynamic: Bool = false
    ) -> Bool {
        if let address = IPAddress(requestedHost) {
            return permits(
                requestedHost: requestedHost, address: address, port: port, isDynamic: isDynamic)
        }
        let name = Self.canonical(requestedHost)
        return port != 0
            && rules.contains { $0.ports.contains(port) && $0.host.couldPermit(name) }
    }

    private static func canonical(_ host: String) -> String {
        let name = host.lowercased()
        return name.hasSuffix(".") ? String(name.dropLast()) : name
    }
}

extension AccessPolicy: CustomStringConvertible {
    /// The rules in the form that `--permit` takes, or `none`.
    package var description: String {
        isEmpty
            ? "none"
            : (rules.map(\.description) + paths.map(\.description)).joined(separator: ", ")
    }
}

extension AccessPolicy.Rule.Host {
    fileprivate func permits(_ name: String, _ address: IPAddress) -> Bool {
        switch self {
        case .any: true
        case .localhost: address == .loopbackIPv4 || address == .loopbackIPv6
        case .addresses(let prefix): prefix.contains(address)
        case .name(let permitted): name == permitted
        // An address in text form is not a name below anything.
        case .suffix(let suffix): name.hasSuffix(suffix) && name.count > suffix.count
        }
    }

    /// Whether the rule names what is closed to the clients of proxies, rather than contains it.
    fileprivate func opens(_ closed: IPPrefix) -> Bool {
        switch self {
        case .localhost: true
        case .addresses(let block): ClosedRanges.isOpened(closed, by: block)
        case .any, .name, .suffix: false
        }
    }

    fileprivate func couldPermit(_ name: String) -> Bool {
        switch self {
        case .any, .localhost, .addresses: true
        case .name(let permitted): name == permitted
        case .suffix(let suffix): name.hasSuffix(suffix) && name.count > suffix.count
        }
    }
}

extension AccessPolicy.Rule: CustomStringConvertible {
    /// The rule in the form that `--permit` takes.
    package var description: String {
        let portText =
            ports == 0...UInt16.max
            ? "*"
            : ports.count == 1
                ? "\(ports.lowerBound)" : "\(ports.lowerBound)-\(ports.upperBound)"
        switch host {
        case .any: return portText == "*" ? "any" : "*:\(portText)"
        case .localhost: return "localhost:\(portText)"
        case .addresses(let prefix):
            let full = prefix.length == (prefix.address.isIPv4 ? 32 : 128)
            let text = full ? "\(prefix.address)" : "\(prefix)"
            return prefix.address.isIPv4 ? "\(text):\(portText)" : "[\(text)]:\(portText)"
        case .name(let name): return "\(name):\(portText)"
        case .suffix(let suffix): return "*\(suffix):\(portText)"
        }
    }
}
