internal import Glibc
import SRMUDP

extension Node {
    /// What the node does at this moment.
    func statusReport(command: String) -> StatusReport {
        var report = StatusReport(
            command: command, processID: getpid(), id: "\(NodeID(publicKey))",
            address: "\(address)")
        report.servers = (meeting?.servers ?? []).map { server in
            StatusReport.Server(
                name: server.address.place, state: server.stateText, isUp: server.isUp,
                observedAddress: server.observedAddress.map { "\($0)" })
        }
        report.sessions = sessions.map { session in
            let connection = session.connection
            let state =
                switch session.state {
                case .connecting: "connecting"
                case .up: connection?.isSilent == true ? "silent" : "up"
                case .ended: "ended"
                }
            let path = connection?.currentPath
            let statistics = connection?.statistics ?? ConnectionStatistics()
            return StatusReport.Session(
                peer: session.peer.name, state: state, kind: connection?.pathKindText ?? "",
                path: path?.remote.pathText ?? "",
                roundTripMicroseconds: path.map { $0.roundTrip.nanoseconds / 1000 },
                bytesSent: statistics.bytesSent, bytesReceived: statistics.bytesReceived,
                packetsLost: statistics.packetsLost)
        }
        return report
    }
}
