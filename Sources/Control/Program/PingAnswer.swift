import SRMUDP

/// What one second of `p2pfwd ping` found.
struct PingAnswer {
    let sequence: Int
    private let connection: Connection

    init(sequence: Int, of connection: Connection) {
        self.sequence = sequence
        self.connection = connection
    }

    var json: JSONValue {
        .object([
            ("sequence", .number(Int64(sequence))), ("kind", .string(connection.pathKindText)),
            ("path", .string(connection.currentPath?.remote.pathText ?? "")),
            ("rttMicroseconds", .number(connection.latestRoundTrip.nanoseconds / 1000)),
            ("silent", .bool(connection.isSilent)),
        ])
    }

    /// For people.
    static func line(of answer: JSONValue) -> String {
        let silence = answer["silent"]?.boolValue == true ? ", silent" : ""
        let roundTrip = Interval.microseconds(answer["rttMicroseconds"]?.integerValue ?? 0)
        return "\(answer["sequence"]?.integerValue ?? 0): \(answer["kind"]?.stringValue ?? ""), "
            + "\(answer["path"]?.stringValue ?? ""), RTT \(roundTrip)\(silence)"
    }
}
