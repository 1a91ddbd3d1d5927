/// A moment as whole seconds since 1970-01-01T00:00:00Z, for what must outlive the process.
package struct UnixTime: Comparable, Hashable, Sendable {
    package let seconds: Int64

    /// The last second of the year 9999; no date of ours is later.
    package static let limit: Int64 = 253_402_300_799

    /// Out of range becomes the nearest end of 1970...9999.
    package init(seconds: Int64) { self.seconds = min(max(seconds, 0), Self.limit) }

    package static func < (left: UnixTime, right: UnixTime) -> Bool {
        left.seconds < right.seconds
    }

    package static func + (time: UnixTime, lifetime: Lifetime) -> UnixTime {
        UnixTime(seconds: time.seconds + lifetime.seconds)
    }

    /// Reads `2026-11-21T08:43:51Z`.
    package init?(_ text: some StringProtocol) {
        let pattern = "0000-00-00T00:00:00Z"
        guard text.utf8.count == pattern.utf8.count else { return nil }
        var numbers = [0]
        for (byte, expected) in zip(text.utf8, pattern.utf8) {
            if expected == UInt8(ascii: "0") {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= byte else { return nil }
                numbers[numbers.count - 1] = numbers[numbers.count - 1] * 10 + Int(byte) - 48
            } else {
                guard byte == expected else { return nil }
                numbers.append(0)
            }
        }
        let days = Self.days(year: numbers[0], month: numbers[1], day: numbers[2])
        let time = UnixTime(
            seconds: Int64(days * 86_400 + numbers[3] * 3_600 + numbers[4] * 60 + numbers[5]))
        // Writing it again finds 30 February and 25 o'clock.
        guard time.description == text else { return nil }
        self = time
    }

    /// Days since 1970-01-01 in the Gregorian calendar.
    ///
    /// Years are counted from March, so that the leap day is the last one of a year.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let marchYear = month > 2 ? year : year - 1
        let marchMonth = month > 2 ? month - 3 : month + 9
        let leapDays = marchYear / 4 - marchYear / 100 + marchYear / 400
        return marchYear * 365 + leapDays + (marchMonth * 153 + 2) / 5 + day - 1 - 719_468
    }
}

extension UnixTime: CustomStringConvertible {
    /// `2026-11-21T08:43:51Z`
    package var description: String {
        let (days, rest) = Int(seconds).quotientAndRemainder(dividingBy: 86_400)
        var year = 1970 + days / 366
        while Self.days(year: year + 1, month: 1, day: 1) <= days { year += 1 }
        var month = 1
        while month < 12, Self.days(year: year, month: month + 1, day: 1) <= days { month += 1 }
        let day = days - Self.days(year: year, month: month, day: 1) + 1
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let time = "\(two(rest / 3_600)):\(two(rest / 60 % 60)):\(two(rest % 60))"
        return "\(year)-\(two(month))-\(two(day))T\(time)Z"
    }
}
