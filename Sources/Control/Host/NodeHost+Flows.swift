import Forwarding
import SRMUDP

// Methods about single flows.
extension NodeHost {
    private static let defaultTimeout: Int64 = 30

    /// Opens one flow, which the client's connection carries from the answer on.
    func openFlow(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect(["peer", "target", "timeoutSeconds"])
        let peer = try peer(of: call)
        let request = try request(of: call)
        _ = try connection(of: call)
        let seconds =
            try call.parameters.optionalInteger("timeoutSeconds", in: 1...86_400)
            ?? Self.defaultTimeout
        guard let id = call.id else { throw .invalidParameters("a flow needs an id to answer to") }
        whenUp(peer, seconds: seconds, call) { [weak self] _ in
            self?.open(request, to: peer, id: id, call)
        } failed: {
        }
    }

    private func open(_ request: OpenRequest, to peer: Peer, id: JSONValue, _ call: ControlCall) {
        let session = node.sessions(with: peer.publicKey).first
        guard let forwarding = session?.forwarding, forwarding.isOpen else {
            return call.fail(.lost)
        }
        guard let taken = call.takeOver() else { return releaseIfUnneeded(peer) }
        let isOpen = forwarding.open { place in
            Flow.opening(
                request, client: taken, answering: { $0.controlLine(id: id, for: request) },
                at: place)
        }
        if !isOpen {
            let why = OpenReply(.generalFailure, detail: "the peer has no stream to spare now")
            let line = why.controlLine(id: id, for: request)
            _ = taken.write(from: ByteStorage(line), 0..<line.count)
            taken.close()
        }
        releaseIfUnneeded(peer)
    }

    private func request(of call: ControlCall) throws(ControlError) -> OpenRequest {
        let text = try call.parameters.string("target")
        let parser = ForwardParser(variables: { _ in nil }, services: { _ in nil })
        do throws(ForwardSpecificationError) {
            let forward = try parser.parse(.standardStreams, text)
            if let request = forward.first?.openRequest { return request }
        } catch {
            throw .invalidParameters("target: \(error)")
        }
        throw .invalidParameters("target: it cannot be asked for")
    }

    // MARK: Those that are there

    func listFlows(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect(["peer"])
        let name = try call.parameters.optionalString("peer")
        let flows = node.flowReports(of: name) { [unowned self] in forwardName(of: $0) }
        call.answer(.object([("flows", .array(flows.map(\.json)))]))
    }

    func forwardName(of origin: ForwardOrigin) -> String? {
        for group in groups {
            if let name = group.forwardName(of: origin) { return name }
        }
        return nil
    }

    /// `homebox.4`: the peer and the stream.
    private func name(of stream: StreamID, in session: Session) -> String {
        "\(session.peer.name).\(stream.value)"
    }

    func closeFlow(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect(["flow"])
        let wanted = try call.parameters.string("flow")
        for session in node.sessions {
            let flows = session.forwarding?.flowList ?? []
            guard let flow = flows.first(where: { name(of: $0.stream, in: session) == wanted })
            else { continue }
            _ = session.forwarding?.close(flow: flow.stream)
            return call.answer(.object([]))
        }
        throw ControlError(
            CommandError(
                "flow", "there is no '\(wanted.escapedForMessage)'",
                hint: "p2pfwd flows lists them", .failure))
    }
}

extension OpenReply {
    /// The answer to a call of `forward.open`, as a line.
    fileprivate func controlLine(id: JSONValue, for request: OpenRequest) -> [UInt8] {
        guard status != .connected else {
            return ControlMessage.answer(id: id, result: .object([])).line
        }
        let code: ExitCode = status == .notPermitted ? .refused : .forwardFailed
        let error = ControlError(CommandError("open failed: \(request)", reason, code))
        return ControlMessage.failure(id: id, error).line
    }
}
