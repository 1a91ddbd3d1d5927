/// A row of numbers as a row of bars.
enum Sparkline {
    private static let bars = Array("▁▂▃▄▅▆▇█")
    private static let plainBars = Array("_.-:=+*#")

    /// - Parameters:
    ///   - values: the newest last; nil is a gap.
    ///   - width: how many of the newest ones are shown; missing ones are gaps in front.
    ///   - isUnicode: whether the terminal shows more than ASCII.
    static func text(_ values: [Int64?], width: Int, isUnicode: Bool) -> String {
        let bars = isUnicode ? bars : plainBars
        let shown = values.suffix(max(width, 0))
        let largest = shown.compactMap { $0 }.max() ?? 0
        let gap = String(repeating: " ", count: max(width - shown.count, 0))
        return gap
            + String(
                shown.map { value -> Character in
                    guard let value else { return " " }
                    guard largest > 0, value > 0 else { return bars[0] }
                    let share = Double(value) / Double(largest)
                    return bars[min(Int(share * Double(bars.count)), bars.count - 1)]
                })
    }
}
