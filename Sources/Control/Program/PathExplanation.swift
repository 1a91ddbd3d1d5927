import SRMUDP

/// What `p2pfwd why` prints.
struct PathExplanation {
    let peer: String
    let connection: Connection
    let ours: PathReport
    let theirs: PathReport?
    let servers: [(server: ServerAddress, outcome: CallOutcome)]
    let policy: PathPolicy

    private var verdict: PathVerdict {
        PathVerdict(kind: connection.pathKind, policy: policy, ours: ours, theirs: theirs)
    }

    var lines: [String] {
        var lines = ["path to '\(peer)': \(connection.pathText)"]
        lines += servers.map { "  through \($0.server.place): \($0.outcome)" }
        lines.append("what this side tried (our NAT: \(ours.mapping.text)):")
        lines += ours.entries.map(line)
        if let theirs {
            lines.append("what '\(peer)' tried (its NAT: \(theirs.mapping.text)):")
            lines += theirs.entries.map(line)
        } else {
            lines.append("'\(peer)' did not tell what it tried")
        }
        lines.append(verdict.sentence)
        if let advice = verdict.advice { lines.append("What would help: \(advice)") }
        return lines
    }

    private func line(_ entry: PathReport.Entry) -> String {
        let place = entry.address.map { "\($0)" } ?? entry.kind.text
        let roundTrip = entry.roundTripMicroseconds.map { ", \($0 / 1000).\($0 % 1000 / 100) ms" }
        return "  \(place) (\(entry.sourceText)): \(entry.state.text), "
            + "\(entry.probesSent) sent\(roundTrip ?? "")"
    }

    var json: JSONValue {
        .object([
            ("peer", .string(peer)), ("kind", .string(connection.pathKindText)),
            ("path", .string(connection.pathText)),
            (
                "servers",
                .array(
                    servers.map {
                        .object([
                            ("server", .string($0.server.place)),
                            ("outcome", .string("\($0.outcome)")),
                        ])
                    })
            ),
            ("ours", json(ours)), ("theirs", theirs.map(json) ?? .null),
            ("verdict", .string(verdict.sentence)),
            ("advice", verdict.advice.map { .string($0) } ?? .null),
        ])
    }

    private func json(_ report: PathReport) -> JSONValue {
        .object([
            ("mapping", .string(report.mapping.text)),
            (
                "candidates",
                .array(
                    report.entries.map { entry in
                        .object([
                            ("address", entry.address.map { .string("\($0)") } ?? .null),
                            ("kind", .string(entry.kind.text)),
                            ("source", .string(entry.sourceText)),
                            ("state", .string(entry.state.text)),
                            ("probes", .number(Int64(entry.probesSent))),
                            (
                                "rttMicroseconds",
                                entry.roundTripMicroseconds.map { .number(Int64($0)) } ?? .null
                            ),
                        ])
                    })
            ),
        ])
    }
}

extension NetworkReport.Mapping {
    /// For people.
    var text: String {
        switch self {
        case .unknown: "not known"
        case .none: "none"
        case .endpointIndependent: "same port for all"
        case .addressDependent: "another port for each address"
        case .portDependent: "another port for each destination"
        }
    }
}
