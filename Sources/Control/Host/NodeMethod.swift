/// What a node can be asked for at its control socket; docs/CONTROL.md describes each.
enum NodeMethod: String, CaseIterable {
    case nodeInfo = "node.info"
    case nodeStatus = "node.status"
    case metrics = "node.metrics"
    case nodeStop = "node.stop"
    case nodeReload = "node.reload"
    case subscribe = "events.subscribe"
    case unsubscribe = "events.unsubscribe"
    case recentEvents = "events.recent"
    case listPeers = "peers.list"
    case renamePeer = "peers.rename"
    case removePeer = "peers.remove"
    case revokePeer = "peers.revoke"
    case permitPeer = "peers.permit"
    case connect = "session.connect"
    case disconnect = "session.disconnect"
    case why = "path.why"
    case ping = "path.ping"
    case addForwards = "forward.add"
    case listForwards = "forward.list"
    case followForwards = "forward.follow"
    case cancelForwards = "forward.cancel"
    case openFlow = "forward.open"
    case listFlows = "flow.list"
    case closeFlow = "flow.close"
    case invite = "pair.invite"
    case cancelInvitation = "pair.cancel"
    case join = "pair.join"
    case netcheck = "path.netcheck"
    case speedTest = "path.speedtest"
    case logLevel = "log.level"
    case recentLines = "log.recent"
    case handOver = "node.handover"
    case makeToken = "web.token.make"
    case listTokens = "web.token.list"
    case revokeToken = "web.token.revoke"
}

extension NodeHost: ControlHandler {
    func handle(_ call: ControlCall) {
        if let client = call.connection { note(client) }
        do throws(ControlError) {
            if try answersPing(call) { return }
            guard let method = NodeMethod(rawValue: call.method) else {
                throw .unknownMethod(
                    call.method,
                    nearest: nearest(to: call.method, among: NodeMethod.allCases.map(\.rawValue)))
            }
            try perform(method, call)
        } catch {
            call.fail(error)
        }
    }

    private func perform(_ method: NodeMethod, _ call: ControlCall) throws(ControlError) {
        switch method {
        case .nodeInfo: try tellInfo(call)
        case .nodeStatus: try tellStatus(call)
        case .metrics: try tellMetrics(call)
        case .nodeStop: try stop(call)
        case .nodeReload: try reload(call)
        case .subscribe: try subscribe(call)
        case .unsubscribe: try unsubscribe(call)
        case .recentEvents: try tellRecentEvents(call)
        case .listPeers: try listPeers(call)
        case .renamePeer: try renamePeer(call)
        case .removePeer: try removePeer(call)
        case .revokePeer: try revokePeer(call)
        case .permitPeer: try permitPeer(call)
        case .connect: try connect(call)
        case .disconnect: try disconnect(call)
        case .why: try explainPath(call)
        case .ping: try ping(call)
        case .addForwards: try addForwards(call)
        case .listForwards: try listForwards(call)
        case .followForwards: try followForwards(call)
        case .cancelForwards: try cancelForwards(call)
        case .openFlow: try openFlow(call)
        case .listFlows: try listFlows(call)
        case .closeFlow: try closeFlow(call)
        case .invite: try invite(call)
        case .cancelInvitation: try cancelInvitation(call)
        case .join: try join(call)
        case .netcheck: try checkNetwork(call)
        case .speedTest: try testSpeed(call)
        case .logLevel: try setLevel(call)
        case .recentLines: try tellRecentLines(call)
        case .handOver: try handOver(call)
        case .makeToken: try makeToken(call)
        case .listTokens: try listTokens(call)
        case .revokeToken: try revokeToken(call)
        }
    }

    /// The client's connection, for methods that go on with it after their answer.
    ///
    /// - Parameter way: the parameter with which the method needs none.
    func connection(
        of call: ControlCall, unless way: String? = nil
    ) throws(ControlError) -> ControlConnection {
        guard let connection = call.connection else {
            throw ControlError(
                CommandError(
                    call.method, "it needs a connection of its own, which HTTP has not",
                    hint: way.map { "set \($0), or use the control socket" }
                        ?? "use the control socket", .refused))
        }
        return connection
    }

    /// The peer that the member `peer` names.
    func peer(of call: ControlCall) throws(ControlError) -> Peer {
        let name = try call.parameters.string("peer")
        do throws(CommandError) {
            return try peer(named: name)
        } catch {
            throw ControlError(error)
        }
    }
}
