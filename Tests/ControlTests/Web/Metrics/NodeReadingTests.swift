import Forwarding
import Foundation
import SRMUDP
import Testing

@testable import Control

@Suite struct NodeReadingTests {
    private var reading = NodeReading()

    private func lines(_ prefix: String) -> [Substring] {
        reading.text.split(separator: "\n").filter { $0.hasPrefix(prefix) }
    }

    @Test("every metric is written, in the order of the list")
    func all() {
        let types = lines("# TYPE ").map { String($0.split(separator: " ")[2]) }

        #expect(types == NodeMetric.all.map(\.name))
    }

    @Test("what can be told apart is there from the beginning")
    func zeros() {
        #expect(lines("p2pfwd_flows_closed_total{").count == 2 * FlowEnd.allCases.count)
        #expect(
            lines("p2pfwd_flow_open_failures_total{").count
                == 2 * FlowTally.Failure.allCases.count)
        #expect(lines("p2pfwd_sessions{").map { $0.last } == ["0", "0", "0"])
        #expect(lines("p2pfwd_handshakes_total{").count == 6)
    }

    @Test("peers stand by their names, whatever these are")
    mutating func peers() {
        var peer = NodeReading.PeerReading()
        peer.isConnected = true
        peer.roundTrip = .microseconds(1_500)
        peer.statistics.bytesSent = 7
        peer.flows[.peer] = FlowSums()
        reading.peers = ["b \"x\"": peer, "a": NodeReading.PeerReading()]

        #expect(
            lines("p2pfwd_peer_connected{") == [
                "p2pfwd_peer_connected{peer=\"a\"} 0",
                "p2pfwd_peer_connected{peer=\"b \\\"x\\\"\"} 1",
            ])
        #expect(
            lines("p2pfwd_session_round_trip_seconds{") == [
                "p2pfwd_session_round_trip_seconds{peer=\"b \\\"x\\\"\"} 0.0015"
            ])
        #expect(
            lines("p2pfwd_session_bytes_total{peer=\"b \\\"x\\\"\",direction=\"sent\"} 7") != [])
    }

    @Test("the bytes of open flows and of ended ones add up")
    mutating func bytes() {
        var sums = FlowSums()
        sums.count = 2
        sums.sentBytes = 5
        var peer = NodeReading.PeerReading()
        peer.flows[.node] = sums
        reading.peers = ["a": peer, "b": peer]

        #expect(lines("p2pfwd_flow_bytes_total{opened_by=\"node\",direction=\"sent\"} 10") != [])
        #expect(lines("p2pfwd_flows{peer=\"a\",opened_by=\"node\"} 2") != [])
    }

    // MARK: The documentation

    @Test("every metric stands in docs/WEB.md", arguments: NodeMetric.all)
    func documented(metric: MetricDefinition) throws {
        let labels = metric.labels.map { "`\($0)`" }.joined(separator: ", ")
        let row = "| `\(metric.name)` | \(metric.kind.rawValue) | \(labels) | \(metric.help) |"

        #expect(try Self.documentation().contains(row), "\(row)")
    }

    @Test("the values of labels stand there, too")
    func documentedLabels() throws {
        let documentation = try Self.documentation()
        for labels in [
            Self.labels(of: SessionLabel.self), Self.labels(of: PathLabel.self),
            Self.labels(of: FlowTally.Opener.self), Self.labels(of: FlowTally.Failure.self),
            Self.labels(of: FlowEnd.self), Self.labels(of: SessionTally.HandshakeOutcome.self),
            Self.labels(of: SessionTally.ConnectionEnd.self),
            Self.labels(of: PunchWatch.Outcome.self), Self.labels(of: ServerTally.CallOutcome.self),
        ] {
            #expect(documentation.contains("| \(labels) |"), "\(labels)")
        }
    }

    private static func labels<Label: MetricLabel>(of type: Label.Type) -> String {
        type.allCases.map { "`\($0.label)`" }.joined(separator: ", ")
    }

    private static func documentation() throws -> String {
        var folder = URL(filePath: #filePath)
        for _ in 0..<5 { folder.deleteLastPathComponent() }
        return try String(contentsOf: folder.appending(path: "docs/WEB.md"), encoding: .utf8)
    }
}

extension MetricDefinition: CustomTestStringConvertible {
    public var testDescription: String { name }
}
