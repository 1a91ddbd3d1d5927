internal import Glibc
import SRMUDP

// Methods about the node itself, and events.
extension NodeHost {
    func tellInfo(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect([])
        call.answer(
            .object([
                ("version", .string(Version.text)), ("protocol", .number(1)),
                ("pid", .number(Int64(getpid()))), ("id", .string("\(NodeID(node.publicKey))")),
                ("address", .string("\(node.address)")), ("home", .string(context.home.state)),
                ("command", .string(options.command)), ("label", .string(node.options.label)),
                ("started", .string("\(started)")), ("uptimeSeconds", .number(uptime)),
                ("isKept", .bool(options.linger == nil)),
            ]))
    }

    private var uptime: Int64 { (runner.loop.now - startedAt).nanoseconds / 1_000_000_000 }

    func tellStatus(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect(["flows"])
        call.answer(status(withFlows: try call.parameters.flag("flows")))
    }

    /// What the node does at this moment.
    func status(withFlows: Bool) -> JSONValue {
        let report = node.statusReport(
            command: options.command, groups: groups.compactMap(\.report), listsFlows: withFlows
        ) { [unowned self] in
            forwardName(of: $0)
        }
        return report.value(more: withFlows ? [] : [("flows", .array([]))])
    }

    func stop(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect(["now"])
        let isAtOnce = try call.parameters.flag("now")
        call.answer(.object([]))
        journal.tell(NodeEvent(.node, "stopping", "the node is ending"))
        // The answer leaves first.
        runner.loop.schedule(after: .milliseconds(20)) { [runner] in
            runner.end()
            if isAtOnce { runner.end() }
        }
    }

    func reload(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect([])
        do throws(CommandError) {
            let keys = try runner.reload()
            call.answer(.object([("nextStart", .array(keys.map { .string($0) }))]))
        } catch {
            throw ControlError(error)
        }
    }

    // MARK: Events

    func subscribe(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect(["topics", "intervalMilliseconds"])
        let milliseconds = try call.parameters.optionalInteger(
            "intervalMilliseconds", in: 100...60_000)
        let topics = try topics(of: call)
        let client = try connection(of: call)
        addSubscription(of: client, to: topics)
        call.answer(.object([]))
        if topics.contains(.status) {
            sendStatus(to: client, every: .milliseconds(milliseconds ?? 1_000))
        }
    }

    func unsubscribe(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect([])
        endSubscriptions(of: try connection(of: call))
        call.answer(.object([]))
    }

    func tellRecentEvents(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect(["topics"])
        call.answer(.object([("events", .array(journal.events(of: try topics(of: call))))]))
    }

    /// All topics where none are named.
    private func topics(of call: ControlCall) throws(ControlError) -> Set<NodeEvent.Topic> {
        let names = try call.parameters.optionalStrings("topics") ?? []
        guard !names.isEmpty else { return Set(NodeEvent.Topic.allCases).subtracting([.status]) }
        var topics: Set<NodeEvent.Topic> = []
        for name in names {
            guard let topic = NodeEvent.Topic(rawValue: name) else {
                throw .invalidParameters(
                    "topics: '\(name.escapedForMessage)' is none; they are "
                        + NodeEvent.Topic.allCases.map(\.rawValue).joined(separator: ", "))
            }
            topics.insert(topic)
        }
        return topics
    }
}
