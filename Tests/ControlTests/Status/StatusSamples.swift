@testable import Control

enum StatusSamples {
    /// A process with one of everything.
    static var full: StatusReport {
        var report = StatusReport(
            command: "serve", processID: 12, id: "p2p1abc", address: "[::]:7001")
        report.uptimeSeconds = 184
        report.servers = [
            StatusReport.Server(
                name: "rv.example:7070", state: "registered", isUp: true,
                observedAddress: "192.0.2.1:5")
        ]
        report.sessions = [session]
        report.groups = [
            StatusReport.Group(name: "g1", peer: "homebox", isKept: true, forwards: [forward])
        ]
        report.flows = [
            StatusReport.Flow(
                name: "homebox.4", peer: "homebox", forward: "g1.1", isServed: false,
                isConnected: true,
                request: "localhost:80", address: "127.0.0.1:5555", sentBytes: 1,
                receivedBytes: 2_000, ageSeconds: 3)
        ]
        report.counters = [StatusReport.Counter(name: "relayed", value: 7)]
        return report
    }

    static var session: StatusReport.Session {
        var session = StatusReport.Session(peer: "homebox", state: "up")
        session.kind = "relayed"
        session.path = "192.0.2.7:41022"
        session.roundTripMicroseconds = 11_240
        session.minimumRoundTripMicroseconds = 10_900
        session.lossPermille = 4
        session.bytesSent = 1_200_000
        session.bytesReceived = 999
        session.packetsLost = 3
        session.sentBitsPerSecond = 800_000
        session.flows = 1
        session.upSeconds = 60
        session.whyRelayed = "The path is relayed because of this and that."
        return session
    }

    static var forward: StatusReport.Forward {
        var forward = StatusReport.Forward(
            id: "g1.1", kind: "local", transport: "tcp", state: "listening")
        forward.requested = 8080
        forward.port = 8080
        forward.places = ["127.0.0.1:8080", "[::1]:8080"]
        forward.target = "localhost:80"
        forward.flows = 2
        forward.openedFlows = 7
        forward.bytesReceived = 5
        return forward
    }
}
