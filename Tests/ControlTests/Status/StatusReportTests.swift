import Testing

@testable import Control

@Suite struct StatusReportTests {
    @Test("a report that is read back from its JSON is the same")
    func roundTrip() throws {
        let report = StatusSamples.full
        let parsed = try JSONParser.parse(Array(report.json.text.utf8))

        #expect(StatusReport(parsed) == report)
    }

    @Test("the members have the names that docs/CONTROL.md gives them")
    func names() {
        let json = StatusSamples.full.json
        func names(_ value: JSONValue?) -> [String] { (value?.members ?? []).map(\.name) }
        let forward = json["groups"]?.arrayValue?[0]["forwards"]?.arrayValue?[0]

        #expect(
            names(json) == [
                "command", "pid", "id", "address", "uptimeSeconds", "servers", "sessions",
                "groups", "flows", "counters",
            ])
        #expect(
            names(json["sessions"]?.arrayValue?[0]) == [
                "peer", "state", "kind", "path", "rttMicroseconds", "minimumRTTMicroseconds",
                "lossPermille", "bytesSent", "bytesReceived", "packetsLost", "sentBitsPerSecond",
                "receivedBitsPerSecond", "flows", "upSeconds", "whyRelayed",
            ])
        #expect(
            names(forward) == [
                "forward", "kind", "protocol", "requested", "port", "places", "target", "state",
                "flows", "openedFlows", "refusedFlows", "bytesSent", "bytesReceived",
            ])
        #expect(
            names(json["flows"]?.arrayValue?[0]) == [
                "flow", "peer", "forward", "served", "connected", "request", "address", "sentBytes",
                "receivedBytes", "ageSeconds",
            ])
    }

    @Test("people read lines")
    func lines() {
        #expect(
            StatusSamples.full.lines == [
                "serve (process 12) at [::]:7001, up 3 min 4 s, p2p1abc",
                "  rendezvous rv.example:7070: registered, sees us at 192.0.2.1:5",
                "  homebox: up, relayed, 192.0.2.7:41022, RTT 11.2 ms (at least 10.9 ms), "
                    + "sent 1.2 MB (800.0 kbit/s), received 999 bytes (0 bit/s), lost 0.4 %, 1 flow",
                "    The path is relayed because of this and that.",
                "  forwards to homebox (g1):",
                "    g1.1 local 127.0.0.1:8080 and 1 more to localhost:80: listening, "
                    + "2 open (7 so far, 0 refused), sent 0 bytes, received 5 bytes",
                "  flows:",
                "    homebox.4: localhost:80 from 127.0.0.1:5555 (g1.1): sent 1 bytes, "
                    + "received 2.0 kB, 3 s",
                "  relayed  7",
            ])
    }

    @Test("what is missing in another version's answer is nothing, and what is foreign no report")
    func tolerance() {
        let report = StatusReport(
            .object([("command", .string("serve")), ("pid", .number(1)), ("more", .null)]))

        #expect(report?.sessions.isEmpty == true && report?.flows == nil)
        #expect(StatusReport(.object([])) == nil)
        #expect(StatusReport(.null) == nil)
    }

    @Test("members can be put in the place of others")
    func replacement() {
        let value = StatusSamples.full.value(more: [("flows", .array([])), ("new", .bool(true))])

        #expect(value["flows"] == .array([]) && value["new"] == .bool(true))
        #expect(value.members?.count { $0.name == "flows" } == 1)
    }
}
