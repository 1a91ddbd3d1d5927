/// The peers of a node and their rights, as the shell shows them.
struct PeerTable {
    let lines: [String]

    init(_ peers: JSONValue?) {
        var table = TextTable(
            ["PEER", "ID", "ADDRESS", "RIGHTS", "UNTIL"], empty: "no peers; pair adds one")
        for peer in peers?.arrayValue ?? [] {
            table.append([
                peer.textMember("name"), peer.textMember("id"),
                peer["candidates"]?.arrayValue?.first?.stringValue ?? "",
                Self.rightsText(peer), peer.textMember("expires"),
            ])
        }
        lines = table.lines
    }

    /// What one peer may do, in a sentence.
    static func rights(_ peer: JSONValue) -> [String] {
        let rights = rightsText(peer)
        let text = rights.isEmpty ? "nothing besides what everybody may" : rights
        let end = peer["expires"]?.stringValue.map { ", until \($0)" } ?? ""
        return ["\(peer.textMember("name")): \(text)\(end)"]
    }

    /// `permit=localhost:80 flows=100`, as the file of peers has them.
    private static func rightsText(_ peer: JSONValue) -> String {
        let names = ["permit", "listen", "gateway", "relay", "flows", "rate", "ask"]
        return names.compactMap { name -> String? in
            guard let value = peer[name] else { return nil }
            if let list = value.arrayValue {
                let texts = list.compactMap(\.stringValue)
                return texts.isEmpty ? nil : "\(name)=\(texts.joined(separator: ","))"
            }
            if let text = value.stringValue { return "\(name)=\(text)" }
            if let number = value.integerValue { return "\(name)=\(number)" }
            return value.boolValue.map { "\(name)=\($0 ? "yes" : "no")" }
        }.joined(separator: " ")
    }
}
