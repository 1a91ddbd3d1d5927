import Forwarding
import SRMUDP

// Methods about forwards.
extension NodeHost {
    func addForwards(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect(ForwardRequest.memberNames + ["keep", "follow"])
        let request = try ForwardRequest(call.parameters)
        let isKept = try call.parameters.flag("keep")
        // A group that belongs to a connection is told about over it.
        let follows = try call.parameters.flag("follow")
        let follower = follows || !isKept ? try connection(of: call, unless: "'keep'") : nil
        do throws(CommandError) {
            try add(try request.options(), isKept: isKept, call: call, follower: follower)
        } catch {
            throw ControlError(error)
        }
    }

    /// Adds the forwards of one command.
    ///
    /// - Parameters:
    ///   - isKept: whether they outlive the connection of the client.
    ///   - isFromFile: whether the configuration file has them.
    ///   - call: is answered once they are up.
    ///   - follower: is told what happens to them.
    /// - Throws: why nothing was begun.
    func add(
        _ options: ForwardOptions, isKept: Bool, isFromFile: Bool = false,
        call: ControlCall? = nil, follower: ControlConnection? = nil
    ) throws(CommandError) {
        groupCount += 1
        let identity = HostedGroup.Identity(
            name: "g\(groupCount)", claim: String(context.random.next(), radix: 36),
            isKept: isKept, isFromFile: isFromFile)
        try add(options, identity, call: call, follower: follower)
    }

    func listForwards(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect([])
        call.answer(.object([("groups", .array(groups.map(\.json)))]))
    }

    func followForwards(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect(["group", "claim"])
        let name = try call.parameters.string("group")
        let group = try group(named: name)
        if let claim = try call.parameters.optionalString("claim"), claim != group.claim {
            throw ControlError(
                CommandError("group", "'\(name)' is another one by now", .failure))
        }
        group.owner = try connection(of: call)
        call.answer(group.json)
    }

    /// By the name of a group or of a forward, or as ssh names one: by where it listens.
    func cancelForwards(_ call: ControlCall) throws(ControlError) {
        let parameters = call.parameters
        try parameters.expect(["group", "forward", "peer", "kind", "entry", "drainSeconds"])
        let seconds = try parameters.optionalInteger("drainSeconds", in: 0...3_600)
        if let name = try parameters.optionalString("group") {
            let group = try group(named: name)
            let count = group.indices.count
            return cancel(call, group, Array(group.indices), seconds, count: count)
        }
        if let name = try parameters.optionalString("forward") {
            for group in groups {
                guard let index = group.index(of: name) else { continue }
                return cancel(call, group, [index], seconds, count: 1)
            }
            throw noSuchForward(name)
        }
        let kind = try parameters.string("kind")
        let entry = try parameters.string("entry")
        let peer = try parameters.optionalString("peer")
        for group in groups where peer == nil || group.peer?.name == peer {
            guard let index = group.index(kind: kind, entry: entry) else { continue }
            return cancel(call, group, [index], seconds, count: 1)
        }
        throw noSuchForward("\(kind) \(entry)")
    }

    private func noSuchForward(_ name: String) -> ControlError {
        ControlError(
            CommandError(
                "forward", "there is no '\(name.escapedForMessage)'",
                hint: "p2pfwd forwards lists them", .failure))
    }

    /// Nothing new enters at once; the answer comes when the flows have ended, or were given the
    /// time that they have. Without a limit they are left alone.
    private func cancel(
        _ call: ControlCall, _ group: HostedGroup, _ indices: [Int], _ seconds: Int64?, count: Int
    ) {
        group.cancel(indices)
        let answer = { call.answer(.object([("cancelled", .number(Int64(count)))])) }
        guard let seconds else { return answer() }
        group.endFlows(
            of: indices, deadline: runner.loop.now + .seconds(seconds), loop: runner.loop,
            completion: answer)
    }
}
