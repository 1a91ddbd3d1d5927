/// What the TAB key can offer: the names of what the node has at this moment.
struct ShellKnowledge: Equatable {
    var peers: [String] = []
    /// Names of peers with a session.
    var sessions: [String] = []
    /// IDs of groups and of forwards: `g1`, `g1.1`.
    var forwards: [String] = []
    var flows: [String] = []

    /// Takes the result of `peers.list`.
    mutating func take(peers result: JSONValue) {
        peers = (result["peers"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
    }

    /// Takes the result of `node.status` with flows.
    mutating func take(status result: JSONValue) {
        sessions = (result["sessions"]?.arrayValue ?? []).compactMap { $0["peer"]?.stringValue }
        flows = (result["flows"]?.arrayValue ?? []).compactMap { $0["flow"]?.stringValue }
        forwards = (result["groups"]?.arrayValue ?? []).flatMap { group in
            let members = group["forwards"]?.arrayValue ?? []
            return [group["group"]?.stringValue].compactMap(\.self)
                + members.compactMap { $0["forward"]?.stringValue }
        }
    }
}
