/// What `p2pfwd status --watch` shows: lines for a terminal of a given size.
///
/// Nothing jumps: a session has its lines whether something moves or not. What does not fit below
/// is left out, with a line that says how much.
struct WatchView {
    private static let labelWidth = 10
    private static let valueWidth = 26
    private static let longestLine = 60

    let width: Int
    let height: Int
    /// Whether the terminal shows more than ASCII.
    let isUnicode: Bool

    /// At most `height` lines of at most `width` characters.
    func lines(of model: WatchModel, time: String) -> [String] {
        guard height > 0, width > 0 else { return [] }
        var lines = [headline(time)]
        if model.reports.isEmpty { lines.append("nothing of this home is running") }
        for report in model.reports {
            lines.append("")
            lines += self.lines(of: report, model)
        }
        if lines.count > height {
            let hidden = lines.count - height + 1
            lines = lines.prefix(height - 1) + ["(\(hidden) more lines)"]
        }
        return lines.prefix(height).map(cut)
    }

    private func headline(_ time: String) -> String {
        let left = "p2pfwd status, \(time)"
        let right = "q ends"
        let gap = width - left.count - right.count
        return gap > 0 ? left + String(repeating: " ", count: gap) + right : left
    }

    private func lines(of report: StatusReport, _ model: WatchModel) -> [String] {
        var lines = [report.headline]
        lines += report.servers.map { "  \($0.line)" }
        for (index, session) in report.sessions.enumerated() {
            lines += self.lines(of: session, model.history(of: index, in: report))
        }
        if report.sessions.isEmpty, report.counters.isEmpty { lines.append("  no sessions") }
        for group in report.groups { lines += group.forwards.map { "  \($0.line)" } }
        lines += (report.flows ?? []).map { "  \($0.line)" }
        let width = report.counters.map(\.name.count).max() ?? 0
        lines += report.counters.map { "  \($0.name.padded(to: width))  \($0.value)" }
        return lines
    }

    private func lines(
        of session: StatusReport.Session, _ history: WatchModel.History
    ) -> [String] {
        guard !session.path.isEmpty else { return ["  \(session.peer): \(session.state)"] }
        let age = session.upSeconds.map { " for \(Quantities.duration($0))" } ?? ""
        var lines = [
            "  \(session.peer): \(session.state)\(age), \(session.kind), \(session.path), "
                + session.flowText
        ]
        if let reason = session.whyRelayed { lines.append("    \(reason)") }
        lines.append(
            line(
                "sent", history.sent, Quantities.rate(session.sentBitsPerSecond),
                Quantities.bytes(session.bytesSent)))
        lines.append(
            line(
                "received", history.received, Quantities.rate(session.receivedBitsPerSecond),
                Quantities.bytes(session.bytesReceived)))
        lines.append(
            line(
                "RTT", history.roundTrip,
                session.roundTripMicroseconds.map(Quantities.milliseconds) ?? "",
                "lost \(Quantities.percent(session.lossPermille))"))
        return lines
    }

    private func line(
        _ label: String, _ values: [Int64?], _ now: String, _ total: String
    ) -> String {
        let room = width - 4 - Self.labelWidth - Self.valueWidth - 2
        let bars = Sparkline.text(
            values, width: min(max(room, 0), Self.longestLine), isUnicode: isUnicode)
        return "    \(label.padded(to: Self.labelWidth))\(bars)  \(now.padded(to: 14))\(total)"
    }

    private func cut(_ line: String) -> String {
        guard line.count > width else { return line }
        let mark = isUnicode ? "…" : "~"
        return line.prefix(width - 1) + mark
    }
}
