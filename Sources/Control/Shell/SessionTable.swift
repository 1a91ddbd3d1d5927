/// The sessions of a node, as `p2pfwd sessions` and the shell show them.
struct SessionTable {
    let lines: [String]

    init(_ sessions: JSONValue?) {
        var table = TextTable(
            ["PEER", "STATE", "PATH", "RTT", "LOSS", "SENT", "RECEIVED", "FLOWS", "UP"],
            empty: "no sessions; p2pfwd connect PEER begins one")
        for session in sessions?.arrayValue ?? [] {
            let kind = session.textMember("kind")
            let path = session.textMember("path")
            table.append([
                session.textMember("peer"), session.textMember("state"),
                kind.isEmpty ? path : "\(kind) \(path)",
                session.numberMember("rttMicroseconds").map(Quantities.milliseconds) ?? "",
                session.numberMember("lossPermille").map(Quantities.percent) ?? "",
                session.byteText("bytesSent"),
                session.byteText("bytesReceived"),
                session.numberMember("flows").map { "\($0)" } ?? "",
                session.numberMember("upSeconds").map(Quantities.duration) ?? "",
            ])
        }
        lines = table.lines
    }
}
