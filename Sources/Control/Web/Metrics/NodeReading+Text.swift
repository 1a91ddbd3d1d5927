import Forwarding
import SRMUDP

// A reading as Prometheus wants it. What can be counted stands there from the beginning, with 0.
extension NodeReading {
    var text: String {
        var text = MetricsText()
        text.write(NodeMetric.buildInfo, MetricSample([version], count: 1))
        writeSessions(into: &text)
        writePeers(into: &text)
        writeFlows(into: &text)
        writeHandshakes(into: &text)
        writeMeeting(into: &text)
        writeDatagrams(into: &text)
        writeWeb(into: &text)
        writeProcess(into: &text)
        return text.text
    }

    private func writeSessions(into text: inout MetricsText) {
        text.write(NodeMetric.sessions, counts(sessions.mapValues { UInt64($0) }))
        text.write(NodeMetric.paths, counts(paths.mapValues { UInt64($0) }))
    }

    // MARK: Peers

    private func writePeers(into text: inout MetricsText) {
        text.write(NodeMetric.peerConnected, ofPeers { $0.isConnected ? 1 : 0 })
        text.write(
            NodeMetric.roundTrip,
            named.compactMap { name, peer in
                peer.roundTrip.map { MetricSample([name], $0.seconds) }
            })
        text.write(
            NodeMetric.minimumRoundTrip,
            named.compactMap { name, peer in
                peer.minimumRoundTrip.map { MetricSample([name], $0.seconds) }
            })
        text.write(
            NodeMetric.sessionBytes, inDirections(\.bytesSent, \.bytesReceived))
        text.write(
            NodeMetric.sessionPackets, inDirections(\.packetsSent, \.packetsReceived))
        text.write(NodeMetric.lostPackets, ofPeers(\.statistics.packetsLost))
        text.write(NodeMetric.droppedPackets, ofPeers(\.statistics.packetsDropped))
        text.write(NodeMetric.pathChanges, ofPeers(\.statistics.pathChanges))
        text.write(NodeMetric.silences, ofPeers(\.statistics.silences))
    }

    private var named: [(name: String, peer: PeerReading)] {
        peers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private func ofPeers(_ count: (PeerReading) -> UInt64) -> [MetricSample] {
        named.map { MetricSample([$0.name], count: count($0.peer)) }
    }

    private func inDirections(
        _ sent: KeyPath<ConnectionStatistics, UInt64>,
        _ received: KeyPath<ConnectionStatistics, UInt64>
    ) -> [MetricSample] {
        named.flatMap { name, peer in
            [
                MetricSample([name, "sent"], count: peer.statistics[keyPath: sent]),
                MetricSample([name, "received"], count: peer.statistics[keyPath: received]),
            ]
        }
    }

    // MARK: Flows

    private func writeFlows(into text: inout MetricsText) {
        let openers = FlowTally.Opener.allCases
        text.write(
            NodeMetric.flows,
            named.flatMap { name, peer in
                openers.map { opener in
                    MetricSample(
                        [name, opener.label], count: UInt64(peer.flows[opener]?.count ?? 0))
                }
            })
        text.write(
            NodeMetric.flowsOpened,
            openers.map { MetricSample([$0.label], count: tally.flows[$0].opened) })
        text.write(
            NodeMetric.flowOpenFailures,
            openers.flatMap { counts(tally.flows[$0].failed, after: [$0.label]) })
        text.write(
            NodeMetric.flowsClosed,
            openers.flatMap { counts(tally.flows[$0].ended, after: [$0.label]) })
        text.write(NodeMetric.flowBytes, openers.flatMap(flowBytes))
        text.write(
            NodeMetric.flowDuration,
            openers.map { MetricSample([$0.label], tally.flows[$0].durations) })
        text.write(NodeMetric.flowOpenDuration, MetricSample([], tally.flows.openingTimes))
    }

    private func flowBytes(of opener: FlowTally.Opener) -> [MetricSample] {
        let ended = tally.flows[opener]
        let open = openFlows(of: opener)
        return [
            MetricSample([opener.label, "sent"], count: ended.sentBytes &+ open.sentBytes),
            MetricSample(
                [opener.label, "received"], count: ended.receivedBytes &+ open.receivedBytes),
        ]
    }

    // MARK: Meeting

    private func writeHandshakes(into text: inout MetricsText) {
        text.write(
            NodeMetric.handshakes,
            counts(tally.initiations, after: ["initiator"]) + [
                MetricSample(
                    ["responder", SessionTally.HandshakeOutcome.completed.label],
                    count: tally.responses)
            ])
        text.write(NodeMetric.handshakeDuration, MetricSample([], tally.handshakeTimes))
        text.write(NodeMetric.connectionsEnded, counts(tally.ends))
        text.write(NodeMetric.punches, counts(punches))
        text.write(NodeMetric.punchDuration, MetricSample([], punchTimes))
    }

    private func writeMeeting(into text: inout MetricsText) {
        text.write(
            NodeMetric.rendezvousUp,
            servers.sorted { $0.key < $1.key }.map {
                MetricSample([$0.key], count: $0.value ? 1 : 0)
            })
        text.write(NodeMetric.registrations, MetricSample(count: tallies.servers.registrations))
        text.write(NodeMetric.rendezvousLosses, MetricSample(count: tallies.servers.losses))
        text.write(NodeMetric.calls, counts(tallies.servers.calls))
        text.write(NodeMetric.incomingCalls, MetricSample(count: tallies.servers.incomingCalls))
    }

    private func writeDatagrams(into text: inout MetricsText) {
        text.write(
            NodeMetric.strayDatagrams,
            [
                MetricSample(["ignored"], count: endpoint.datagramsIgnored),
                MetricSample(["unknown"], count: endpoint.datagramsUnknown),
            ])
        text.write(
            NodeMetric.initiationsDropped, MetricSample(count: endpoint.initiationsDropped))
        text.write(NodeMetric.keyAgreements, MetricSample(count: endpoint.keyAgreements))
        text.write(NodeMetric.repliesDropped, MetricSample(count: endpoint.repliesDropped))
    }

    // MARK: The process

    private func writeWeb(into text: inout MetricsText) {
        text.write(
            NodeMetric.webRequests,
            tallies.web.requests.sorted {
                ($0.key.route, $0.key.statusClass) < ($1.key.route, $1.key.statusClass)
            }.map { MetricSample([$0.key.route, "\($0.key.statusClass)xx"], count: $0.value) })
        text.write(NodeMetric.webSockets, MetricSample(count: UInt64(tallies.web.webSocketCount())))
        text.write(NodeMetric.webTokens, MetricSample(count: UInt64(tallies.web.tokenCount())))
    }

    private func writeProcess(into text: inout MetricsText) {
        text.write(NodeMetric.cpu, MetricSample([], process.cpuSeconds))
        text.write(NodeMetric.residentMemory, MetricSample(count: process.residentBytes))
        text.write(NodeMetric.virtualMemory, MetricSample(count: process.virtualBytes))
        text.write(NodeMetric.openFiles, MetricSample(count: process.openFiles))
        text.write(
            NodeMetric.fileLimit,
            process.fileLimit.map { MetricSample(count: $0) } ?? MetricSample([], .infinity))
        text.write(NodeMetric.startTime, MetricSample([], Double(started.seconds)))
    }

    // MARK: Closed sets

    private func counts<Label: MetricLabel>(
        _ counts: [Label: UInt64], after labels: [String] = []
    ) -> [MetricSample] {
        Label.allCases.map { MetricSample(labels + [$0.label], count: counts[$0] ?? 0) }
    }
}
