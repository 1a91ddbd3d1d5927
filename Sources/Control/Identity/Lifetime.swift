/// How long something lasts, as users write it: `90s`, `10m`, `24h`, `7d`.
package struct Lifetime: Hashable, Comparable, Sendable {
    /// 1 second to 10 years.
    package let seconds: Int64

    private static let limit: Int64 = 3_650 * 86_400

    package init?(seconds: Int64) {
        guard (1...Self.limit).contains(seconds) else { return nil }
        self.seconds = seconds
    }

    /// - Parameter defaultUnit: what a number alone counts, in seconds; nil refuses it.
    package init?(_ text: some StringProtocol, defaultUnit: Int64? = nil) {
        let unit: Int64?
        switch text.last {
        case "s": unit = 1
        case "m": unit = 60
        case "h": unit = 3_600
        case "d": unit = 86_400
        default: unit = nil
        }
        let digits = unit == nil ? text[...] : text.dropLast()
        guard let factor = unit ?? defaultUnit, (1...9).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 }),
            let number = Int64(digits)
        else { return nil }
        self.init(seconds: number * factor)
    }

    package static func < (left: Lifetime, right: Lifetime) -> Bool { left.seconds < right.seconds }
}

extension Lifetime: CustomStringConvertible {
    /// In the largest unit that gives a whole number.
    package var description: String {
        for (unit, factor) in [("d", 86_400), ("h", 3_600), ("m", 60)] as [(String, Int64)]
        where seconds % factor == 0 {
            return "\(seconds / factor)\(unit)"
        }
        return "\(seconds)s"
    }
}

extension Lifetime {
    /// Ten years.
    package static let longest = minutes(limit / 60)

    /// - Parameter count: 1 to 5,256,000.
    package static func minutes(_ count: Int64) -> Lifetime {
        guard let lifetime = Lifetime(seconds: count * 60) else {
            preconditionFailure("a lifetime is 1 second to 10 years")
        }
        return lifetime
    }
}
