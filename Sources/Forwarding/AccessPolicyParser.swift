import SRMUDP

/// Why a value of `--permit` is not a rule.
package struct AccessPolicyError: Error, Equatable, CustomStringConvertible {
    package enum Reason: Equatable, Sendable {
        case missingPort
        case badPort(String)
        case badHost(String)
        case badPrefix(String)
        case unbracketedIPv6
        case noneWithOthers
        case badPath
    }

    package let text: String
    package let reason: Reason

    package var description: String {
        "Bad permission '\(text.printable)': \(reason)"
    }

    package static let grammar =
        "--permit HOST:PORT, with HOST a name, *.name, address or [address/length], "
        + "PORT a number, a range 8000-8010 or *; or: a /path, any, none"
}

extension AccessPolicyError.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missingPort: "the port is missing; ':*' permits every port"
        case .badPort(let port): "'\(port.printable)' is not a port, a range of ports or '*'"
        case .badHost(let host): "'\(host.printable)' is not a host name, '*.name' or address"
        case .badPrefix(let prefix): "'\(prefix.printable)' is not a block of addresses"
        case .unbracketedIPv6: "an IPv6 address needs brackets, as in [::1]:22"
        case .noneWithOthers: "'none' stands alone"
        case .badPath: "a path is absolute, without '.' and '..'; '*' is anything but a slash"
        }
    }
}

extension AccessPolicy {
    /// Reads the values of all `--permit` options together.
    ///
    /// - Parameter warn: receives a sentence for each value that means less than it says, such as
    ///   a block with host bits (10.0.0.1/8), which is taken as 10.0.0.0/8.
    package init(
        parsing values: [String], warn: (String) -> Void = { _ in }
    ) throws(AccessPolicyError) {
        var rules: [Rule] = []
        var paths: [PathPattern] = []
        for value in values where value.lowercased() != "none" {
            if value.hasPrefix("/") {
                guard let pattern = PathPattern(value) else {
                    throw AccessPolicyError(text: value, reason: .badPath)
                }
                if !paths.contains(pattern) { paths.append(pattern) }
                continue
            }
            do throws(AccessPolicyError.ReasonError) {
                let rule = try Rule(parsing: value, warn: warn)
                if !rules.contains(rule) { rules.append(rule) }
            } catch {
                throw AccessPolicyError(text: value, reason: error.reason)
            }
        }
        if let none = values.first(where: { $0.lowercased() == "none" }),
            !rules.isEmpty || !paths.isEmpty
        {
            throw AccessPolicyError(text: none, reason: .noneWithOthers)
        }
        self.init(rules: rules, paths: paths)
    }
}

extension AccessPolicyError {
    fileprivate struct ReasonError: Error {
        let reason: Reason
        init(_ reason: Reason) { self.reason = reason }
    }
}

extension AccessPolicy.Rule {
    fileprivate init(
        parsing text: String, warn: (String) -> Void
    ) throws(AccessPolicyError.ReasonError) {
        if text.lowercased() == "any" {
            self.init(host: .any, ports: 0...UInt16.max)
            return
        }
        guard let colon = text.lastIndex(of: ":") else { throw .init(.missingPort) }
        let hostText = text[..<colon]
        let portText = String(text[text.index(after: colon)...])
        if hostText.hasPrefix("[") {
            guard hostText.hasSuffix("]") else { throw .init(.missingPort) }
        } else if hostText.contains(":") {
            throw .init(.unbracketedIPv6)
        }
        let host = try Self.host(hostText, warn: warn)
        guard let ports = Self.ports(portText) else { throw .init(.badPort(portText)) }
        self.init(host: host, ports: ports)
    }

    private static func host(
        _ text: Substring, warn: (String) -> Void
    ) throws(AccessPolicyError.ReasonError) -> Host {
        let isBracketed = text.hasPrefix("[")
        let inner = isBracketed ? text.dropFirst().dropLast() : text
        if inner.contains("/") { return .addresses(try prefix(inner, warn: warn)) }
        if let address = IPAddress(inner), let prefix = IPPrefix("\(address)") {
            return .addresses(prefix)
        }
        guard !isBracketed else { throw .init(.badHost(String(text))) }
        var name = inner.lowercased()
        if name == "*" { return .any }
        if name.hasSuffix(".") { name.removeLast() }
        if name == "localhost" { return .localhost }
        if name.hasPrefix("*."), isName(name.dropFirst(2)) {
            return .suffix(String(name.dropFirst()))
        }
        guard isName(name[...]) else { throw .init(.badHost(String(text))) }
        return .name(name)
    }

    private static func prefix(
        _ text: Substring, warn: (String) -> Void
    ) throws(AccessPolicyError.ReasonError) -> IPPrefix {
        if let prefix = IPPrefix(text) { return prefix }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(parts[0]),
            !parts[1].isEmpty, parts[1].utf8.allSatisfy({ (0x30...0x39) ~= $0 }),
            let length = Int(parts[1]),
            let prefix = IPPrefix(address.cleared(after: length), length: length)
        else { throw .init(.badPrefix(String(text))) }
        warn("\(text) has host bits set and is taken as \(prefix)")
        return prefix
    }

    /// Letters, digits, `-` and `_` in labels of 1 to 63 bytes. Digits and dots alone are a
    /// mistyped address, not a name.
    private static func isName(_ name: Substring) -> Bool {
        guard (1...253).contains(name.utf8.count) else { return false }
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let wellFormed = labels.allSatisfy { label in
            (1...63).contains(label.count) && label.first != UInt8(ascii: "-")
                && label.allSatisfy(isNameByte)
        }
        let lastIsNumber = labels.last?.allSatisfy { (0x30...0x39) ~= $0 } ?? true
        return wellFormed && !lastIsNumber
    }

    /// Lower-case letters, digits, `-` and `_`.
    package static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func ports(_ text: String) -> ClosedRange<UInt16>? {
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
}

extension IPAddress {
    /// The address with every bit behind the first `length` of its family set to zero.
    fileprivate func cleared(after length: Int) -> IPAddress {
        let kept = isIPv4 ? length.addingReportingOverflow(96).partialValue : length
        guard (0...128).contains(kept) else { return self }
        return IPAddress(
            high: high & ~(UInt64.max >> min(kept, 64)),
            low: low & ~(kept > 64 ? UInt64.max >> (kept - 64) : UInt64.max))
    }
}
