/// What one running process of a home does at this moment: for people and for programs.
package struct StatusReport: Equatable, Sendable {
    package struct Session: Equatable, Sendable {
        package var peer: String
        /// `up`, `silent` or `connecting`.
        package var state: String
        /// `direct`, `relayed`, or empty without a path.
        package var kind: String
        package var path: String
        package var roundTripMicroseconds: Int64?
        package var bytesSent: UInt64
        package var bytesReceived: UInt64
        package var packetsLost: UInt64
    }

    package struct Server: Equatable, Sendable {
        package var name: String
        /// A word or a sentence: `registered`, or why it is not.
        package var state: String
        package var isUp: Bool
        /// Where the server sees us.
        package var observedAddress: String?
    }

    /// `serve`, `forward`, `rendezvous` and the like.
    package var command: String
    package var processID: Int32
    package var id: String
    package var address: String
    package var sessions: [Session] = []
    package var servers: [Server] = []
    /// Of a rendezvous server; in the order in which they are shown.
    package var counters: [(name: String, value: Int64)] = []

    package init(command: String, processID: Int32, id: String, address: String) {
        self.command = command
        self.processID = processID
        self.id = id
        self.address = address
    }

    package static func == (left: StatusReport, right: StatusReport) -> Bool {
        left.json == right.json
    }
}

extension StatusReport {
    /// One object on one line.
    package var json: String { value().text }

    /// - Parameter more: further members, to stand behind the others.
    func value(more: [JSONValue.Member] = []) -> JSONValue {
        .object(
            [
                ("command", .string(command)), ("pid", .number(Int64(processID))),
                ("id", .string(id)), ("address", .string(address)),
                ("sessions", .array(sessions.map(\.json))),
                ("servers", .array(servers.map(\.json))),
                ("counters", .object(counters.map { ($0.name, .number($0.value)) })),
            ] + more)
    }

    /// Lines for people.
    package var lines: [String] {
        var lines = ["\(command) (process \(processID)) at \(address), \(id)"]
        lines += servers.map { server in
            let place = server.observedAddress.map { ", sees us at \($0)" } ?? ""
            return "  rendezvous \(server.name): \(server.state)\(place)"
        }
        lines += sessions.map { "  " + $0.line }
        if sessions.isEmpty, counters.isEmpty { lines.append("  no sessions") }
        let width = counters.map(\.name.count).max() ?? 0
        lines += counters.map { "  \($0.name.padded(to: width))  \($0.value)" }
        return lines
    }
}

extension StatusReport.Session {
    fileprivate var json: JSONValue {
        .object([
            ("peer", .string(peer)), ("state", .string(state)), ("kind", .string(kind)),
            ("path", .string(path)),
            ("rttMicroseconds", roundTripMicroseconds.map { .number($0) } ?? .null),
            ("bytesSent", .number(Int64(clamping: bytesSent))),
            ("bytesReceived", .number(Int64(clamping: bytesReceived))),
            ("packetsLost", .number(Int64(clamping: packetsLost))),
        ])
    }

    fileprivate var line: String {
        guard !path.isEmpty else { return "\(peer): \(state)" }
        let roundTrip = roundTripMicroseconds.map { ", RTT \($0 / 1000).\($0 % 1000 / 100) ms" }
        return "\(peer): \(state), \(kind), \(path)\(roundTrip ?? ""), "
            + "sent \(bytesSent) bytes, received \(bytesReceived), lost packets \(packetsLost)"
    }
}

extension StatusReport.Server {
    fileprivate var json: JSONValue {
        .object([
            ("name", .string(name)), ("state", .string(state)), ("up", .bool(isUp)),
            ("observed", observedAddress.map { .string($0) } ?? .null),
        ])
    }
}
