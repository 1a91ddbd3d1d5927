import Forwarding

/// Bytes a second as users write them: `500000`, `512K`, `1M`, `2G`, with units of 1024.
enum ByteRate {
    private static let units: [(letter: Character, factor: Int64)] = [
        ("G", 1 << 30), ("M", 1 << 20), ("K", 1 << 10),
    ]

    /// - Returns: nil unless it is 1 KiB to 1 TiB a second.
    static func parse(_ text: String) -> Int64? {
        let unit = units.first { $0.letter == text.last?.uppercased().first }
        let digits = unit == nil ? text[...] : text.dropLast()
        guard (1...13).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 }),
            let number = Int64(digits)
        else { return nil }
        let (rate, overflow) = number.multipliedReportingOverflow(by: unit?.factor ?? 1)
        return !overflow && PeerGrants.rateRange.contains(rate) ? rate : nil
    }

    /// In the largest unit that gives a whole number.
    static func text(_ rate: Int64) -> String {
        for (letter, factor) in units where rate % factor == 0 {
            return "\(rate / factor)\(letter)"
        }
        return "\(rate)"
    }
}
