/// The result of a `NodeQuestion` in words.
struct NodeAnswer {
    let result: JSONValue

    /// For programs: what the command is about, without what the method has around it.
    func json(of view: NodeQuestion.View) -> String {
        let member: String? =
            switch view {
            case .peers: "peers"
            case .sessions: "sessions"
            case .forwards: "groups"
            case .flows: "flows"
            case .logLines: "lines"
            case .path: "explanation"
            case .done, .reloaded, .rights, .paired, .session, .added, .cancelled, .status, .pings,
                .network, .logLevel, .metrics, .events:
                nil
            }
        return (member.flatMap { result[$0] } ?? result).text
    }

    /// For people. What came from the peer may hold anything; control characters are made visible.
    func lines(of view: NodeQuestion.View) -> [String] {
        plainLines(of: view).map(\.withoutControls)
    }

    private func plainLines(of view: NodeQuestion.View) -> [String] {
        switch view {
        case .done(let text): [text]
        case .reloaded: reloaded
        case .peers: PeerTable(result["peers"]).lines
        case .rights: PeerTable.rights(result)
        case .paired: paired
        case .session: [session]
        case .sessions: SessionTable(result["sessions"]).lines
        case .added: ForwardTable.sentences(result)
        case .forwards: ForwardTable(result["groups"]).lines
        case .cancelled: [cancelled]
        case .flows: FlowTable(result["flows"]).lines
        case .status: StatusReport(result)?.lines ?? []
        case .path: (result["lines"]?.arrayValue ?? []).compactMap(\.stringValue)
        // Each one was told when it came.
        case .pings, .events: []
        case .network: NetworkText(result: result).lines
        case .logLevel(let level): ["log level: \(level) (was \(result.textMember("former")))"]
        case .logLines: logLines
        case .metrics: result.textMember("text").split(separator: "\n").map(String.init)
        }
    }

    /// The lines of an event: what happened, and for a code what to type elsewhere.
    static func event(_ event: JSONValue) -> [String] {
        var lines = [event.textMember("text").withoutControls]
        if event["kind"]?.stringValue == "code", let command = event["command"]?.stringValue {
            lines.append("on the other machine: \(command.withoutControls)")
        }
        return lines
    }

    private var reloaded: [String] {
        let keys = (result["nextStart"]?.arrayValue ?? []).compactMap(\.stringValue)
        return ["reloaded"]
            + (keys.isEmpty ? [] : ["from the next start on: \(keys.joined(separator: ", "))"])
    }

    private var paired: [String] {
        let offers = (result["offers"]?.arrayValue ?? []).compactMap(\.stringValue)
        var lines = ["paired with '\(result.textMember("peer"))'"]
        if let phrase = result["checkPhrase"]?.stringValue {
            lines.append("both sides show: \(phrase)")
        }
        if !offers.isEmpty { lines.append("it offers: \(offers.joined(separator: ", "))") }
        return lines
    }

    private var session: String {
        let time = result.numberMember("rttMicroseconds").map(Quantities.milliseconds)
        return "connected to '\(result.textMember("peer"))': \(result.textMember("path")), "
            + result.textMember("kind") + (time.map { ", RTT \($0)" } ?? "")
    }

    private var cancelled: String {
        let count = result.numberMember("cancelled") ?? 0
        return count == 1 ? "cancelled 1 forward" : "cancelled \(count) forwards"
    }

    private var logLines: [String] {
        (result["lines"]?.arrayValue ?? []).map { line in
            "\(line.textMember("time")) \(line.textMember("level")): \(line.textMember("text"))"
        }
    }
}

extension JSONValue {
    /// The text of a member; empty where it has none.
    func textMember(_ name: String) -> String { self[name]?.stringValue ?? "" }

    func numberMember(_ name: String) -> Int64? { self[name]?.integerValue }

    /// A member that counts bytes, for people; empty where there is none.
    func byteText(_ name: String) -> String {
        numberMember(name).map { Quantities.bytes(UInt64(clamping: $0)) } ?? ""
    }
}

extension String {
    /// The text with control characters, which a terminal would obey, shown as `?`.
    var withoutControls: String {
        guard unicodeScalars.contains(where: \.isControl) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map { $0.isControl ? "?" : $0 }))
    }
}

extension Unicode.Scalar {
    /// Also those that turn the direction of text around.
    fileprivate var isControl: Bool {
        value < 0x20 || (0x7f...0x9f) ~= value || (0x202a...0x202e) ~= value
            || (0x2066...0x2069) ~= value
    }
}
