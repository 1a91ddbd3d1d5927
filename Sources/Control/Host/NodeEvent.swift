import SRMUDP

/// Something that happened in a node: a line for people, and members for programs.
struct NodeEvent {
    enum Topic: String, CaseIterable {
        case node, session, path, server, forward, flow, pair, log, status
    }

    let topic: Topic
    let kind: String
    let text: String
    let members: [(name: String, value: JSONValue)]

    init(
        _ topic: Topic, _ kind: String, _ text: String,
        _ members: [(name: String, value: JSONValue)] = []
    ) {
        self.topic = topic
        self.kind = kind
        self.text = text
        self.members = members
    }

    /// What is sent of an event that happened at `time`.
    func json(at time: UnixTime) -> JSONValue {
        .object(
            [
                ("topic", .string(topic.rawValue)), ("kind", .string(kind)),
                ("time", .string("\(time)")), ("text", .string(text)),
            ] + members)
    }
}

extension Connection {
    /// What events tell of the path in use.
    var pathMembers: [(name: String, value: JSONValue)] {
        [
            ("path", .string(currentPath?.remote.pathText ?? "")),
            ("pathKind", .string(pathKindText)),
            (
                "rttMicroseconds",
                currentPath?.roundTrip.map { .number($0.nanoseconds / 1000) } ?? .null
            ),
        ]
    }
}
