import SRMUDP

// The methods `_ping` and `PEER._ping`: whether somebody is there, and by which way.
extension NodeHost {
    private static let pingTimeout: Int64 = 30

    /// Answers if the call is one of these methods. Their parameters may be any; they come back.
    func answersPing(_ call: ControlCall) throws(ControlError) -> Bool {
        if call.method == WebMethods.ping {
            let peer: [JSONValue.Member] = [
                ("name", .string(options.node.label)), ("id", .string("\(NodeID(node.publicKey))")),
            ]
            call.answer(pingAnswer(to: call, peer, path: .null, roundTrip: .zero))
            return true
        }
        guard call.method.hasSuffix(WebMethods.peerPing) else { return false }
        let name = String(call.method.dropLast(WebMethods.peerPing.count))
        let peer: Peer
        do throws(CommandError) {
            peer = try self.peer(named: name)
        } catch {
            throw ControlError(error)
        }
        whenUp(peer, seconds: Self.pingTimeout, call) { [weak self] connection in
            self?.ask(peer, over: connection, call)
        } failed: {
        }
        return true
    }

    private func ask(_ peer: Peer, over connection: Connection, _ call: ControlCall) {
        var ping: PeerPing?
        let newPing = PeerPing(over: connection, loop: runner.loop, random: context.random) {
            [weak self] roundTrip in
            guard let self else { return }
            if let roundTrip {
                let members: [JSONValue.Member] = [
                    ("name", .string(peer.name)), ("id", .string("\(NodeID(peer.publicKey))")),
                ]
                call.answer(
                    pingAnswer(
                        to: call, members, path: .object(connection.pathMembers),
                        roundTrip: roundTrip))
            } else {
                call.fail(
                    ControlError(
                        CommandError("ping", "'\(peer.name)' does not answer", .notReachable)))
            }
            pings.removeAll { $0 === ping }
            ping = nil
            releaseIfUnneeded(peer)
        }
        ping = newPing
        pings.append(newPing)
        newPing.start()
    }

    private func pingAnswer(
        to call: ControlCall, _ peer: [JSONValue.Member], path: JSONValue, roundTrip: Interval
    ) -> JSONValue {
        .object([
            ("version", .string(Version.text)), ("time", .string("\(Program.now())")),
            ("params", call.parameters.value), ("peer", .object(peer)), ("path", path),
            ("rttMilliseconds", .decimal(Double(roundTrip.nanoseconds / 1000) / 1000)),
        ])
    }
}
