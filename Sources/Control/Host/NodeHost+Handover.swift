import Forwarding
import SRMUDP

// The groups of a node whose process becomes another program.
extension NodeHost {
    /// How long commands have to come back to the program that goes on with their forwards.
    private static let returnTime: Interval = .seconds(10)

    /// The groups, for the program that goes on with the node.
    func handoverState() throws(HandoverObstacle) -> [UInt8] {
        guard invitations.isEmpty, entries.isEmpty else {
            throw HandoverObstacle("a pairing by a code is under way")
        }
        var entries: [JSONValue] = []
        for group in groups { entries.append(try group.state()) }
        let state = JSONValue.object([
            ("count", .number(Int64(groupCount))), ("groups", .array(entries)),
            ("web", web.map { .number(Int64($0.address.port)) } ?? .null),
        ])
        return [UInt8](state.text.utf8)
    }

    /// Goes on with the groups of the program before. Those that belong to a command wait for it to
    /// come back.
    func restoreGroups() {
        guard let bytes = context.inheritance?.hostState, !bytes.isEmpty,
            let state = try? JSONParser.parse(bytes)
        else { return }
        groupCount = Int(state["count"]?.integerValue ?? 0)
        for entry in state["groups"]?.arrayValue ?? [] {
            guard let name = entry["group"]?.stringValue,
                let claim = entry["claim"]?.stringValue, let request = entry["request"]
            else { continue }
            let identity = HostedGroup.Identity(
                name: name, claim: claim, isKept: entry["isKept"]?.boolValue ?? false,
                isFromFile: entry["isFromFile"]?.boolValue ?? false,
                numbers: entry["numbers"]?.arrayValue?.compactMap(\.integerValue).map { Int($0) })
            do {
                let request = try ForwardRequest(ControlParameters(request))
                try add(try request.options(), identity)
            } catch {
                nodeLogger.error("handover: \(name) cannot go on: \(error)")
            }
        }
        runner.loop.schedule(after: Self.returnTime) { [weak self] in
            guard let self else { return }
            for group in groups where group.owner == nil && !group.isKept { end(group) }
        }
    }
}
