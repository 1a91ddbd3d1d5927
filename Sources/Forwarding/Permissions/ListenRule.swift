import SRMUDP

/// A place at which a peer may have us listen: one value of `--permit-listen`.
///
///     8080            this port, at any address that the gateway ports leave
///     8000-8010, *    a range of ports; every port, and any free one (port 0)
///     bind:port       the same for one bind address, `localhost`, or `*` for all addresses
///     /run/app.sock   a UNIX socket; `/run/app/*` every one in that folder
package struct ListenRule: Hashable, Sendable {
    package enum Pattern: Hashable, Sendable {
        /// - bind: nil: any; else as in `ListenRequest.Place`, in lower case.
        case ports(bind: String?, ClosedRange<UInt16>)
        case path(String)
        /// Everything directly in the folder, which ends with `/`.
        case folder(String)
    }

    package let pattern: Pattern

    /// - Returns: nil for what is none of the forms above.
    package init?(_ text: String) {
        guard let pattern = text.hasPrefix("/") ? Self.path(text) : Self.ports(text) else {
            return nil
        }
        self.pattern = pattern
    }

    package static let grammar =
        "--permit-listen [BIND:]PORT, with PORT a number, a range 8000-8010 or *; or a path, "
        + "or /folder/*"

    package func permits(_ place: ListenRequest.Place) -> Bool {
        switch (pattern, place) {
        case (.ports(let bind, let ports), .tcp(let host, let port)),
            (.ports(let bind, let ports), .udp(let host, let port)):
            ports.contains(port) && (bind.map { Self.matches($0, host) } ?? true)
        case (.path(let path), .socket(let asked)): path == asked.text
        case (.folder(let folder), .socket(let asked)): Self.isDirectly(asked.text, in: folder)
        case (.ports, .socket), (.path, _), (.folder, _): false
        }
    }

    private static func matches(_ bind: String, _ host: String) -> Bool {
        let host = host.lowercased()
        if bind == "localhost", let address = IPAddress(host) {
            return address == .loopbackIPv4 || address == .loopbackIPv6
        }
        if let first = IPAddress(bind), let second = IPAddress(host) { return first == second }
        return bind == host
    }

    /// A name with `..` or `/` in it would lead out of the folder.
    private static func isDirectly(_ path: String, in folder: String) -> Bool {
        guard path.hasPrefix(folder) else { return false }
        let name = path.dropFirst(folder.count)
        return !name.isEmpty && !name.contains("/") && name != "." && name != ".."
    }

    private static func path(_ text: String) -> Pattern? {
        if text.hasSuffix("/*") {
            let folder = String(text.dropLast())
            return SocketPath(folder).map { _ in .folder(folder) }
        }
        return SocketPath(text).map { .path($0.text) }
    }

    private static func ports(_ text: String) -> Pattern? {
        guard let colon = text.lastIndex(of: ":") else {
            return PortRange.parse(text).map { .ports(bind: nil, $0) }
        }
        var bind = text[..<colon]
        let isBracketed = bind.hasPrefix("[") && bind.hasSuffix("]")
        if isBracketed { bind = bind.dropFirst().dropLast() }
        guard let ports = PortRange.parse(String(text[text.index(after: colon)...])),
            isBracketed == bind.contains(":"), !isBracketed || IPAddress(bind) != nil,
            bind.utf8.count <= HostPort.hostLimit,
            bind.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ",") })
        else { return nil }
        return .ports(bind: bind == "*" ? "" : bind.lowercased(), ports)
    }
}

extension ListenRule: CustomStringConvertible {
    /// The rule in the form that `--permit-listen` takes.
    package var description: String {
        switch pattern {
        case .path(let path): path
        case .folder(let folder): "\(folder)*"
        case .ports(nil, let ports): PortRange.text(ports)
        case .ports(let bind?, let ports):
            (bind.isEmpty ? "*" : HostPort.bracketed(bind)) + ":" + PortRange.text(ports)
        }
    }
}

/// Ports as permissions write them.
enum PortRange {
    /// Reads a number, `first-last`, or `*` for every port and any free one.
    static func parse(_ text: String) -> ClosedRange<UInt16>? {
        if text == "*" { return 0...UInt16.max }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part in
            part.utf8.allSatisfy { (0x30...0x39) ~= $0 } ? UInt16(part) : nil
        }
        guard numbers.count == parts.count, (1...2).contains(numbers.count),
            let first = numbers.first, let last = numbers.last, first > 0, first <= last
        else { return nil }
        return first...last
    }

    static func text(_ ports: ClosedRange<UInt16>) -> String {
        if ports == 0...UInt16.max { return "*" }
        return ports.count == 1
            ? "\(ports.lowerBound)" : "\(ports.lowerBound)-\(ports.upperBound)"
    }
}
