/// The forwards of a node, as `p2pfwd forwards` and the shell show them.
struct ForwardTable {
    let lines: [String]

    init(_ groups: JSONValue?) {
        var table = TextTable(
            ["FORWARD", "PEER", "KIND", "LISTENS", "TARGET", "STATE", "FLOWS"],
            empty: "no forwards; p2pfwd add -L 8080:localhost:80 PEER adds one")
        for group in groups?.arrayValue ?? [] {
            for forward in group["forwards"]?.arrayValue ?? [] {
                table.append([
                    forward.textMember("forward"), group.textMember("peer"), Self.kind(forward),
                    Self.places(forward), forward.textMember("target"), forward.textMember("state"),
                    forward.numberMember("flows").map { "\($0)" } ?? "",
                ])
            }
        }
        lines = table.lines
    }

    /// What a group that was added does, one forward a line.
    static func sentences(_ group: JSONValue) -> [String] {
        (group["forwards"]?.arrayValue ?? []).map { forward in
            let side =
                forward.textMember("kind") == "remote" ? "the peer listens on" : "listening on"
            return "\(forward.textMember("forward")): \(side) \(places(forward)) -> "
                + forward.textMember("target")
        }
    }

    private static func kind(_ forward: JSONValue) -> String {
        let isDatagrams = forward.textMember("protocol") == "udp"
        return forward.textMember("kind") + (isDatagrams ? "/udp" : "")
    }

    /// Where it listens; before that, which port it wants.
    private static func places(_ forward: JSONValue) -> String {
        let places = (forward["places"]?.arrayValue ?? []).compactMap(\.stringValue)
        guard places.isEmpty else { return places.joined(separator: ", ") }
        return forward.numberMember("requested").map { "port \($0)" } ?? ""
    }
}
