import Forwarding
internal import Glibc
import SRMUDP

extension Node {
    /// What the node does at this moment.
    ///
    /// - Parameters:
    ///   - groups: the forwards of the process.
    ///   - listsFlows: whether each flow is told.
    ///   - forwardID: the name of the forward that an origin belongs to.
    func statusReport(
        command: String, groups: [StatusReport.Group] = [], listsFlows: Bool = false,
        forwardID: (ForwardOrigin) -> String? = { _ in nil }
    ) -> StatusReport {
        var report = StatusReport(
            command: command, processID: getpid(), id: "\(NodeID(publicKey))",
            address: "\(address)")
        report.uptimeSeconds = (loop.now - started).nanoseconds / 1_000_000_000
        report.servers = (meeting?.servers ?? []).map { server in
            StatusReport.Server(
                name: server.address.place, state: server.stateText, isUp: server.isUp,
                observedAddress: server.observedAddress.map { "\($0)" })
        }
        report.sessions = sessions.map(sessionReport)
        report.groups = groups
        if listsFlows { report.flows = flowReports(forwardID: forwardID) }
        return report
    }

    /// One session, as `session.connect` answers it too.
    func sessionReport(_ session: Session) -> StatusReport.Session {
        let connection = session.connection
        var report = StatusReport.Session(peer: session.peer.name, state: session.stateText)
        let statistics = connection?.statistics ?? ConnectionStatistics()
        report.bytesSent = statistics.bytesSent
        report.bytesReceived = statistics.bytesReceived
        report.packetsLost = statistics.packetsLost
        report.lossPermille = statistics.lossPermille
        let rates = traffic.rates(of: session)
        report.sentBitsPerSecond = rates.sentBitsPerSecond
        report.receivedBitsPerSecond = rates.receivedBitsPerSecond
        report.flows = Int64(session.forwarding?.flowList.count ?? 0)
        report.upSeconds = session.upSince.map { (loop.now - $0).nanoseconds / 1_000_000_000 }
        guard let connection, let path = connection.currentPath else { return report }
        report.kind = connection.pathKindText
        report.path = path.remote.pathText
        report.roundTripMicroseconds = path.roundTrip.map { $0.nanoseconds / 1_000 }
        report.minimumRoundTripMicroseconds =
            connection.minimumRoundTrip.map { $0.nanoseconds / 1_000 }
        if connection.pathKind != .direct { report.whyRelayed = whyRelayed(connection) }
        return report
    }

    /// The sentence of `p2pfwd why`, from what this side knows.
    private func whyRelayed(_ connection: Connection) -> String {
        PathVerdict(
            kind: connection.pathKind, policy: options.meeting.path,
            ours: pathReport(of: connection), theirs: nil
        ).sentence
    }

    /// The flows of all sessions.
    func flowReports(
        of peer: String? = nil, forwardID: (ForwardOrigin) -> String? = { _ in nil }
    ) -> [StatusReport.Flow] {
        sessions.flatMap { session -> [StatusReport.Flow] in
            guard peer == nil || peer == session.peer.name else { return [] }
            return (session.forwarding?.flowList ?? []).map { flow in
                StatusReport.Flow(
                    name: "\(session.peer.name).\(flow.stream.value)", peer: session.peer.name,
                    forward: flow.origin.flatMap(forwardID),
                    isServed: flow.isServed, isConnected: flow.isConnected,
                    request: "\(flow.request)",
                    address: flow.address.map { "\($0)" }, sentBytes: flow.sentBytes,
                    receivedBytes: flow.receivedBytes,
                    ageSeconds: flow.age.nanoseconds / 1_000_000_000)
            }
        }
    }
}

extension Session {
    /// `up`, `silent` or `connecting`.
    var stateText: String {
        switch state {
        case .connecting: "connecting"
        case .up: connection?.isSilent == true ? "silent" : "up"
        case .ended: "ended"
        }
    }
}

extension ConnectionStatistics {
    /// Of the packets that were sent.
    var lossPermille: Int64 {
        guard packetsSent > 0 else { return 0 }
        return Int64(Double(packetsLost) * 1_000 / Double(packetsSent))
    }
}
