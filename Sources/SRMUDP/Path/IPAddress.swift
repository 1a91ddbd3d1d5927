/// An IPv4 or IPv6 address as a plain value of 20 bytes.
///
/// Both families share one 128-bit number: an IPv4 address is kept in its mapped form
/// (`::ffff:a.b.c.d`, RFC 4291 section 2.5.5.2), so that what a dual-stack socket reports for an
/// IPv4 peer equals what an IPv4 socket reports. Text is canonical (RFC 5952).
package struct IPAddress: Hashable, Sendable {
    /// The first and the last eight bytes, as big-endian numbers.
    package let high: UInt64
    package let low: UInt64
    /// The interface index of a link-local IPv6 address; 0 otherwise and where unknown.
    package let scope: UInt32

    private static let mappedPrefix: UInt64 = 0x0000_ffff_0000_0000

    package init(high: UInt64, low: UInt64, scope: UInt32 = 0) {
        self.high = high
        self.low = low
        self.scope = high >> 54 == 0xfe80 >> 6 ? scope : 0
    }

    /// The IPv4 address of this number: 0x7f000001 is 127.0.0.1.
    package init(ipv4: UInt32) {
        self.init(high: 0, low: Self.mappedPrefix | UInt64(ipv4))
    }

    /// Four bytes of IPv4 or sixteen of IPv6 (also mapped IPv4), in network order.
    package init?(bytes: [UInt8]) {
        func number(_ part: some Sequence<UInt8>) -> UInt64 {
            part.reduce(0) { $0 << 8 | UInt64($1) }
        }
        switch bytes.count {
        case 4: self.init(ipv4: UInt32(truncatingIfNeeded: number(bytes)))
        case 16: self.init(high: number(bytes.prefix(8)), low: number(bytes.suffix(8)))
        default: return nil
        }
    }

    package static let anyIPv4 = IPAddress(ipv4: 0)
    package static let anyIPv6 = IPAddress(high: 0, low: 0)
    package static let loopbackIPv4 = IPAddress(ipv4: 0x7f00_0001)
    package static let loopbackIPv6 = IPAddress(high: 0, low: 1)

    package var isIPv4: Bool { high == 0 && low >> 32 == 0xffff }
    package var isIPv6: Bool { !isIPv4 }

    /// The IPv4 address as a number, or `nil` for IPv6.
    package var ipv4: UInt32? { isIPv4 ? UInt32(truncatingIfNeeded: low) : nil }

    /// `0.0.0.0` or `::`, which stand for "any".
    package var isUnspecified: Bool { self == .anyIPv4 || self == .anyIPv6 }

    /// 127.0.0.0/8 or ::1.
    package var isLoopback: Bool { ipv4.map { $0 >> 24 == 127 } ?? (high == 0 && low == 1) }

    /// 169.254.0.0/16 (RFC 3927) or fe80::/10.
    package var isLinkLocal: Bool { ipv4.map { $0 >> 16 == 0xa9fe } ?? (high >> 54 == 0xfe80 >> 6) }

    /// 224.0.0.0/4 or ff00::/8.
    package var isMulticast: Bool { ipv4.map { $0 >> 28 == 0xe } ?? (high >> 56 == 0xff) }

    /// The limited broadcast address 255.255.255.255.
    package var isBroadcast: Bool { ipv4 == .max }

    /// 10/8, 172.16/12, 192.168/16 (RFC 1918), or a unique local address fc00::/7 (RFC 4193).
    package var isPrivate: Bool {
        guard let ipv4 else { return high >> 57 == 0xfc >> 1 }
        return ipv4 >> 24 == 10 || ipv4 >> 20 == 0xac1 || ipv4 >> 16 == 0xc0a8
    }

    /// 100.64.0.0/10, what carrier-grade NATs hand out (RFC 6598).
    package var isSharedCarrier: Bool { ipv4.map { $0 >> 22 == 0x6440_0000 >> 22 } ?? false }

    /// The sixteen bytes in network order; IPv4 in its mapped form.
    package var bytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: high >> (56 - 8 * $0)) }
            + (0..<8).map { UInt8(truncatingIfNeeded: low >> (56 - 8 * $0)) }
    }

    /// The same address on the interface of this index; only link-local IPv6 has a scope.
    package func scoped(to scope: UInt32) -> IPAddress {
        IPAddress(high: high, low: low, scope: scope)
    }

    /// The eight 16-bit groups of IPv6 notation.
    private var groups: [UInt16] {
        (0..<4).map { UInt16(truncatingIfNeeded: high >> (48 - 16 * $0)) }
            + (0..<4).map { UInt16(truncatingIfNeeded: low >> (48 - 16 * $0)) }
    }
}

extension IPAddress: CustomStringConvertible {
    /// RFC 5952: lower case, no leading zeros, the first longest run of zero groups as `::`.
    package var description: String {
        if let ipv4 {
            return "\(ipv4 >> 24).\(ipv4 >> 16 & 255).\(ipv4 >> 8 & 255).\(ipv4 & 255)"
        }
        let groups = groups
        let zeros = Self.longestZeroRun(groups)
        func text(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        let address =
            zeros.count > 1
            ? text(groups[..<zeros.lowerBound]) + "::" + text(groups[zeros.upperBound...])
            : text(groups[...])
        return scope == 0 ? address : "\(address)%\(scope)"
    }

    private static func longestZeroRun(_ groups: [UInt16]) -> Range<Int> {
        var longest = 0..<0
        var start = 0
        for (index, group) in groups.enumerated() {
            if group != 0 {
                start = index + 1
            } else if index + 1 - start > longest.count {
                longest = start..<index + 1
            }
        }
        return longest
    }
}

extension IPAddress {
    /// Reads the one usual notation of each family: four decimal numbers without leading zeros,
    /// or RFC 4291 section 2.2 text, for link-local addresses with `%` and an interface index.
    ///
    /// Short (`127.1`), octal and hexadecimal IPv4 are refused: programs differ on what these mean,
    /// and an access rule must mean the same address as the connection it judges.
    package init?(_ text: some StringProtocol) {
        let parts = text.utf8.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false)
        let characters = [UInt8](parts[0])
        guard parts.count <= 2, characters.count <= 45 else { return nil }
        let address: IPAddress
        if characters.contains(UInt8(ascii: ":")) {
            guard let groups = Self.parseIPv6(characters) else { return nil }
            let numbers = groups.map(UInt64.init)
            address = IPAddress(
                high: numbers[0] << 48 | numbers[1] << 32 | numbers[2] << 16 | numbers[3],
                low: numbers[4] << 48 | numbers[5] << 32 | numbers[6] << 16 | numbers[7])
        } else {
            guard let number = Self.parseIPv4(characters[...]) else { return nil }
            address = IPAddress(ipv4: number)
        }
        guard parts.count == 2 else {
            self = address
            return
        }
        guard address.isIPv6, address.isLinkLocal,
            let index = Self.parseDecimal(parts[1], maximum: UInt64(UInt32.max)), index > 0
        else { return nil }
        self = address.scoped(to: UInt32(index))
    }

    /// Decimal digits without sign, leading zeros or blanks.
    static func parseDecimal(_ digits: some Collection<UInt8>, maximum: UInt64) -> UInt64? {
        guard let first = digits.first, digits.count <= 10 else { return nil }
        guard first != UInt8(ascii: "0") || digits.count == 1 else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + UInt64(digit - UInt8(ascii: "0"))
        }
        return value <= maximum ? value : nil
    }

    private static func parseIPv4(_ text: ArraySlice<UInt8>) -> UInt32? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard let byte = parseDecimal(part, maximum: 255) else { return nil }
            number = number << 8 | UInt32(byte)
        }
        return number
    }

    private static func parseIPv6(_ text: [UInt8]) -> [UInt16]? {
        let colon = UInt8(ascii: ":")
        let gap = text.indices.dropLast().first { text[$0] == colon && text[$0 + 1] == colon }
        guard let gap else {
            guard let groups = parseGroups(text[...], endsAddress: true) else { return nil }
            return groups.count == 8 ? groups : nil
        }
        guard let front = parseGroups(text[..<gap], endsAddress: false),
            let back = parseGroups(text[(gap + 2)...], endsAddress: true),
            front.count + back.count < 8
        else { return nil }
        return front + [UInt16](repeating: 0, count: 8 - front.count - back.count) + back
    }

    /// Groups between colons; the last one of an address may be IPv4 and counts twice.
    private static func parseGroups(_ text: ArraySlice<UInt8>, endsAddress: Bool) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        var groups: [UInt16] = []
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if endsAddress, index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let number = parseIPv4(part) else { return nil }
                groups += [UInt16(number >> 16), UInt16(number & 0xffff)]
            } else {
                guard let group = parseHexadecimal(part) else { return nil }
                groups.append(group)
            }
        }
        return groups
    }

    private static func parseHexadecimal(_ digits: ArraySlice<UInt8>) -> UInt16? {
        guard (1...4).contains(digits.count) else { return nil }
        var value: UInt16 = 0
        for digit in digits {
            let number: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number = digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): number = digit - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): number = digit - UInt8(ascii: "A") + 10
            default: return nil
            }
            value = value << 4 | UInt16(number)
        }
        return value
    }
}
