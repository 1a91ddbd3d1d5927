extension StatusReport {
    /// `serve (process 12) at [::]:7001, up 3 min 4 s`
    package var headline: String {
        "\(command) (process \(processID)) at \(address), up \(Quantities.duration(uptimeSeconds))"
    }

    /// Lines for people.
    package var lines: [String] {
        var lines = ["\(headline), \(id)"]
        lines += servers.map { "  \($0.line)" }
        for session in sessions {
            lines.append("  \(session.line)")
            if let reason = session.whyRelayed { lines.append("    \(reason)") }
        }
        if sessions.isEmpty, counters.isEmpty { lines.append("  no sessions") }
        for group in groups {
            lines.append("  forwards to \(group.peer) (\(group.name)):")
            lines += group.forwards.map { "    \($0.line)" }
        }
        if let flows, !flows.isEmpty {
            lines.append("  flows:")
            lines += flows.map { "    \($0.line)" }
        }
        let width = counters.map(\.name.count).max() ?? 0
        lines += counters.map { "  \($0.name.padded(to: width))  \($0.value)" }
        return lines
    }
}

extension StatusReport.Server {
    var line: String {
        let place = observedAddress.map { ", sees us at \($0)" } ?? ""
        return "rendezvous \(name): \(state)\(place)"
    }
}

extension StatusReport.Session {
    /// `homebox: up, direct, 192.0.2.7:41022, RTT 11.2 ms ...`
    var line: String {
        guard !path.isEmpty else { return "\(peer): \(state)" }
        return "\(peer): \(state), \(kind), \(path)\(roundTripText), \(trafficText), \(flowText)"
    }

    /// `, RTT 11.2 ms (at least 10.9 ms)`
    private var roundTripText: String {
        guard let roundTripMicroseconds else { return "" }
        let text = ", RTT \(Quantities.milliseconds(roundTripMicroseconds))"
        guard let minimumRoundTripMicroseconds else { return text }
        return text + " (at least \(Quantities.milliseconds(minimumRoundTripMicroseconds)))"
    }

    private var trafficText: String {
        "sent \(Quantities.bytes(bytesSent)) (\(Quantities.rate(sentBitsPerSecond))), "
            + "received \(Quantities.bytes(bytesReceived)) "
            + "(\(Quantities.rate(receivedBitsPerSecond))), "
            + "lost \(Quantities.percent(lossPermille))"
    }

    var flowText: String { flows == 1 ? "1 flow" : "\(flows) flows" }
}

extension StatusReport.Forward {
    /// `g1.1 local 127.0.0.1:8080 to localhost:80: listening, 2 flows (7 opened, 0 refused), ...`
    var line: String {
        let suffix = transport == "udp" ? "/udp" : ""
        let place = places.isEmpty ? requested.map { "port \($0)" } ?? "" : places[0]
        let others = places.count > 1 ? " and \(places.count - 1) more" : ""
        let destination = target.map { " to \($0)" } ?? ""
        return "\(id) \(kind) \(place)\(suffix)\(others)\(destination): \(state), "
            + "\(flows) open (\(openedFlows) so far, \(refusedFlows) refused), "
            + "sent \(Quantities.bytes(bytesSent)), received \(Quantities.bytes(bytesReceived))"
    }
}

extension StatusReport.Flow {
    /// `homebox.4: localhost:80 from 127.0.0.1:5555 (g1.1): sent 12 bytes, ...`
    var line: String {
        let place = address.map { isServed ? " at \($0)" : " from \($0)" } ?? ""
        let origin = forward.map { " (\($0))" } ?? ""
        return "\(name): \(request)\(place)\(origin): sent \(Quantities.bytes(sentBytes)), "
            + "received \(Quantities.bytes(receivedBytes)), \(Quantities.duration(ageSeconds))"
    }
}
