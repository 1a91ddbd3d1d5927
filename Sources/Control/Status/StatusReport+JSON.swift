extension StatusReport {
    package var json: JSONValue {
        var members: [JSONValue.Member] = [
            ("command", .string(command)), ("pid", .number(processID)), ("id", .string(id)),
            ("address", .string(address)), ("uptimeSeconds", .number(uptimeSeconds)),
            ("servers", .array(servers.map(\.json))),
            ("sessions", .array(sessions.map(\.json))), ("groups", .array(groups.map(\.json))),
        ]
        if let flows { members.append(("flows", .array(flows.map(\.json)))) }
        members.append(("counters", .object(counters.map { ($0.name, .number($0.value)) })))
        return .object(members)
    }

    /// The same with these members in place of those of the same names.
    package func value(more members: [JSONValue.Member]) -> JSONValue {
        let kept = (json.members ?? []).filter { member in
            !members.contains { $0.name == member.name }
        }
        return .object(kept + members)
    }

    /// Nil unless `value` is an object that says whose status it is; what else is missing in it is
    /// nothing.
    package init?(_ value: JSONValue) {
        guard let command = value["command"]?.stringValue, let pid = value["pid"]?.integerValue
        else { return nil }
        self.command = command
        processID = pid
        id = value.text("id")
        address = value.text("address")
        uptimeSeconds = value.count("uptimeSeconds")
        servers = value.list("servers", Server.init)
        sessions = value.list("sessions", Session.init)
        groups = value.list("groups", Group.init)
        flows = value["flows"].map { _ in value.list("flows", Flow.init) }
        counters = (value["counters"]?.members ?? []).compactMap { member in
            member.value.integerValue.map { Counter(name: member.name, value: $0) }
        }
    }
}

extension StatusReport.Server {
    fileprivate var json: JSONValue {
        .object([
            ("name", .string(name)), ("state", .string(state)), ("up", .bool(isUp)),
            ("observed", .optional(observedAddress)),
        ])
    }

    fileprivate init(_ value: JSONValue) {
        self.init(
            name: value.text("name"), state: value.text("state"), isUp: value.flag("up"),
            observedAddress: value["observed"]?.stringValue)
    }
}

extension StatusReport.Session {
    fileprivate var json: JSONValue {
        .object([
            ("peer", .string(peer)), ("state", .string(state)), ("kind", .string(kind)),
            ("path", .string(path)), ("rttMicroseconds", .optional(roundTripMicroseconds)),
            ("minimumRTTMicroseconds", .optional(minimumRoundTripMicroseconds)),
            ("lossPermille", .number(lossPermille)), ("bytesSent", .bytes(bytesSent)),
            ("bytesReceived", .bytes(bytesReceived)), ("packetsLost", .bytes(packetsLost)),
            ("sentBitsPerSecond", .number(sentBitsPerSecond)),
            ("receivedBitsPerSecond", .number(receivedBitsPerSecond)),
            ("flows", .number(flows)), ("upSeconds", .optional(upSeconds)),
            ("whyRelayed", .optional(whyRelayed)),
        ])
    }

    fileprivate init(_ value: JSONValue) {
        self.init(peer: value.text("peer"), state: value.text("state"))
        kind = value.text("kind")
        path = value.text("path")
        roundTripMicroseconds = value["rttMicroseconds"]?.integerValue
        minimumRoundTripMicroseconds = value["minimumRTTMicroseconds"]?.integerValue
        lossPermille = value.count("lossPermille")
        bytesSent = value.bytes("bytesSent")
        bytesReceived = value.bytes("bytesReceived")
        packetsLost = value.bytes("packetsLost")
        sentBitsPerSecond = value.count("sentBitsPerSecond")
        receivedBitsPerSecond = value.count("receivedBitsPerSecond")
        flows = value.count("flows")
        upSeconds = value["upSeconds"]?.integerValue
        whyRelayed = value["whyRelayed"]?.stringValue
    }
}

extension StatusReport.Group {
    package var json: JSONValue {
        .object([
            ("group", .string(name)), ("peer", .string(peer)), ("isKept", .bool(isKept)),
            ("forwards", .array(forwards.map(\.json))),
        ])
    }

    fileprivate init(_ value: JSONValue) {
        self.init(
            name: value.text("group"), peer: value.text("peer"), isKept: value.flag("isKept"),
            forwards: value.list("forwards", StatusReport.Forward.init))
    }
}

extension StatusReport.Forward {
    package var json: JSONValue {
        .object([
            ("forward", .string(id)), ("kind", .string(kind)), ("protocol", .string(transport)),
            ("requested", .optional(requested)), ("port", .optional(port)),
            ("places", .array(places.map { .string($0) })), ("target", .optional(target)),
            ("state", .string(state)), ("flows", .number(flows)),
            ("openedFlows", .number(openedFlows)), ("refusedFlows", .number(refusedFlows)),
            ("bytesSent", .bytes(bytesSent)), ("bytesReceived", .bytes(bytesReceived)),
        ])
    }

    fileprivate init(_ value: JSONValue) {
        self.init(
            id: value.text("forward"), kind: value.text("kind"),
            transport: value.text("protocol"), state: value.text("state"))
        requested = value["requested"]?.integerValue
        port = value["port"]?.integerValue
        places = (value["places"]?.arrayValue ?? []).compactMap(\.stringValue)
        target = value["target"]?.stringValue
        flows = value.count("flows")
        openedFlows = value.count("openedFlows")
        refusedFlows = value.count("refusedFlows")
        bytesSent = value.bytes("bytesSent")
        bytesReceived = value.bytes("bytesReceived")
    }
}

extension StatusReport.Flow {
    package var json: JSONValue {
        .object([
            ("flow", .string(name)), ("peer", .string(peer)), ("forward", .optional(forward)),
            ("served", .bool(isServed)), ("connected", .bool(isConnected)),
            ("request", .string(request)),
            ("address", .optional(address)), ("sentBytes", .bytes(sentBytes)),
            ("receivedBytes", .bytes(receivedBytes)), ("ageSeconds", .number(ageSeconds)),
        ])
    }

    fileprivate init(_ value: JSONValue) {
        self.init(
            name: value.text("flow"), peer: value.text("peer"),
            forward: value["forward"]?.stringValue, isServed: value.flag("served"),
            isConnected: value.flag("connected"), request: value.text("request"),
            address: value["address"]?.stringValue,
            sentBytes: value.bytes("sentBytes"), receivedBytes: value.bytes("receivedBytes"),
            ageSeconds: value.count("ageSeconds"))
    }
}

extension JSONValue {
    static func optional(_ text: String?) -> JSONValue {
        text.map { .string($0) } ?? .null
    }

    static func optional(_ number: Int64?) -> JSONValue {
        number.map { .number($0) } ?? .null
    }

    fileprivate static func bytes(_ count: UInt64) -> JSONValue {
        .number(Int64(clamping: count))
    }

    fileprivate func text(_ name: String) -> String { self[name]?.stringValue ?? "" }
    fileprivate func count(_ name: String) -> Int64 { max(self[name]?.integerValue ?? 0, 0) }
    fileprivate func bytes(_ name: String) -> UInt64 { UInt64(count(name)) }
    fileprivate func flag(_ name: String) -> Bool { self[name]?.boolValue ?? false }

    fileprivate func list<Item>(_ name: String, _ make: (JSONValue) -> Item) -> [Item] {
        (self[name]?.arrayValue ?? []).map(make)
    }
}
