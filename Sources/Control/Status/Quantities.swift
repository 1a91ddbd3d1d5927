/// Numbers as people read them: three digits or so, and a unit.
enum Quantities {
    /// `12 bytes`, `3.4 MB`: powers of 1000.
    static func bytes(_ count: UInt64) -> String {
        count < 1_000 ? "\(count) bytes" : scaled(count, ["kB", "MB", "GB", "TB", "PB", "EB"])
    }

    /// `0 bit/s`, `1.2 Mbit/s`
    static func rate(_ bitsPerSecond: Int64) -> String {
        let bits = UInt64(max(bitsPerSecond, 0))
        guard bits >= 1_000 else { return "\(bits) bit/s" }
        return scaled(bits, ["kbit/s", "Mbit/s", "Gbit/s", "Tbit/s", "Pbit/s", "Ebit/s"])
    }

    /// `11.2 ms`
    static func milliseconds(_ microseconds: Int64) -> String {
        "\(microseconds / 1_000).\(microseconds % 1_000 / 100) ms"
    }

    /// `12 s`, `3 min 4 s`, `5 h 6 min`, `7 d 8 h`
    static func duration(_ seconds: Int64) -> String {
        let seconds = max(seconds, 0)
        let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400)
        if days > 0 { return "\(days) d \(hours % 24) h" }
        if hours > 0 { return "\(hours) h \(minutes % 60) min" }
        return minutes > 0 ? "\(minutes) min \(seconds % 60) s" : "\(seconds) s"
    }

    /// `0.4 %`
    static func percent(_ permille: Int64) -> String { "\(permille / 10).\(permille % 10) %" }

    /// - Parameter count: at least 1000.
    private static func scaled(_ count: UInt64, _ units: [String]) -> String {
        var value = Double(count) / 1_000
        var index = 0
        // 999.95 would be written as 1000.0.
        while value >= 999.95, index < units.count - 1 {
            value /= 1_000
            index += 1
        }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(units[index])"
    }
}
