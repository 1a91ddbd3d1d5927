import Forwarding
import SRMUDP

// Methods about the sessions with peers, and the paths that they take.
extension NodeHost {
    private static let defaultTimeout: Int64 = 30
    private static let pingInterval: Interval = .seconds(1)

    /// Connects and stays so; the answer comes when the session is up.
    func connect(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect(["peer", "timeoutSeconds"])
        let peer = try peer(of: call)
        let seconds = try timeout(of: call)
        pin(peer)
        whenUp(peer, seconds: seconds, call) { connection in
            call.answer(.object([("peer", .string(peer.name))] + connection.pathMembers))
        } failed: { [weak self] in
            self?.unpin(peer)
        }
    }

    /// Calls `succeeded` once the session with the peer is up, which is dialled if there is none;
    /// `failed`, and not from within here, where it is not up in time.
    func whenUp(
        _ peer: Peer, seconds: Int64, succeeded: @escaping (Connection) -> Void,
        failed: @escaping (CommandError) -> Void
    ) {
        let session = node.connect(to: peer)
        if case .up(let connection, _) = session.state { return succeeded(connection) }
        let wait = SessionWait(session: session, succeeded: succeeded) { [weak self] error in
            guard let self else { return }
            failed(
                error
                    ?? PeerLookup.unreachable(
                        peer, after: Lifetime(seconds: seconds) ?? .minutes(1),
                        meeting: node.meeting, connection: session.connection))
            releaseIfUnneeded(peer)
        }
        waits.append(wait)
        runner.loop.schedule(after: .seconds(seconds)) { [weak self] in
            self?.waits.removeAll { $0 === wait }
            wait.giveUp()
        }
    }

    /// The same for a call, which fails where the session is not up in time; then `failed` is called.
    func whenUp(
        _ peer: Peer, seconds: Int64, _ call: ControlCall,
        succeeded: @escaping (Connection) -> Void, failed: @escaping () -> Void
    ) {
        whenUp(peer, seconds: seconds, succeeded: succeeded) { error in
            call.fail(ControlError(error))
            failed()
        }
    }

    func disconnect(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect(["peer"])
        let peer = try peer(of: call)
        guard !groups.contains(where: { $0.peer?.publicKey == peer.publicKey }) else {
            throw ControlError(
                CommandError(
                    "disconnect", "forwards need the session with '\(peer.name)'",
                    hint: "p2pfwd cancel ends them", .failure))
        }
        unpin(peer)
        call.answer(.object([]))
    }

    func explainPath(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect(["peer", "timeoutSeconds"])
        let peer = try peer(of: call)
        let seconds = try timeout(of: call)
        whenUp(peer, seconds: seconds, call) { [weak self] connection in
            guard let self else { return }
            let inquiry = PathInquiry(
                node: node, connection: connection, policy: node.options.meeting.path
            ) { explanation in
                call.answer(
                    .object([
                        ("explanation", explanation.json),
                        ("lines", .array(explanation.lines.map { .string($0) })),
                    ]))
            }
            inquiries.append(inquiry)
            inquiry.begin { [weak self] in
                self?.inquiries.removeAll { $0 === inquiry }
                self?.releaseIfUnneeded(peer)
            }
        } failed: {
        }
    }

    func ping(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect(["peer", "count", "timeoutSeconds"])
        let peer = try peer(of: call)
        let count = try call.parameters.optionalInteger("count", in: 1...PingLimits.count) ?? 1
        let seconds = try timeout(of: call)
        whenUp(peer, seconds: seconds, call) { [weak self] connection in
            self?.ping(peer, connection, count: Int(count), sent: 0, call)
        } failed: {
        }
    }

    private func ping(
        _ peer: Peer, _ connection: Connection, count: Int, sent: Int, _ call: ControlCall
    ) {
        guard sent < count, call.client.isOpen, connection.isEstablished else {
            call.answer(.object([("count", .number(Int64(sent)))]))
            return releaseIfUnneeded(peer)
        }
        connection.ping(now: runner.loop.now)
        runner.loop.schedule(after: Self.pingInterval) { [weak self] in
            let answer = PingAnswer(sequence: sent + 1, of: connection)
            call.progress([("answer", answer.json)])
            self?.ping(peer, connection, count: count, sent: sent + 1, call)
        }
    }

    private func timeout(of call: ControlCall) throws(ControlError) -> Int64 {
        try call.parameters.optionalInteger("timeoutSeconds", in: 1...86_400)
            ?? Self.defaultTimeout
    }
}
