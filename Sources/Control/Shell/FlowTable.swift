/// The flows of a node, as `p2pfwd flows` and the shell show them.
struct FlowTable {
    let lines: [String]

    init(_ flows: JSONValue?) {
        var table = TextTable(
            ["FLOW", "PEER", "FORWARD", "REQUEST", "SENT", "RECEIVED", "AGE"],
            empty: "no flows")
        for flow in flows?.arrayValue ?? [] {
            table.append([
                flow.textMember("flow"), flow.textMember("peer"),
                flow["served"]?.boolValue == true ? "served" : flow.textMember("forward"),
                flow.textMember("request"),
                flow.byteText("sentBytes"),
                flow.byteText("receivedBytes"),
                flow.numberMember("ageSeconds").map(Quantities.duration) ?? "",
            ])
        }
        lines = table.lines
    }
}
