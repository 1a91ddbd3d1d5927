import SRMUDP
import Testing

@testable import Control
@testable import Forwarding

@Suite struct AuditRecordTests {
    private func record(_ event: AuditRecord.Event) -> AuditRecord {
        AuditRecord(
            time: UnixTime(seconds: 0), peer: "laptop", id: NodeID(Sample.keyPair(1).publicKey),
            event: event)
    }

    private func flow(
        _ request: OpenRequest, address: SocketAddress?, dropped: UInt64? = nil, end: FlowEnd
    ) -> AuditRecord {
        record(
            .flow(
                FlowRecord(
                    request: request, address: address, uploadedBytes: 45_000,
                    downloadedBytes: 120, droppedDatagrams: dropped, duration: .milliseconds(1_530),
                    end: end)))
    }

    @Test("a flow that we served tells what its client sent and got, and why it ended")
    func served() throws {
        let record = flow(
            try #require(OpenRequest(host: "localhost", port: 80)),
            address: SocketAddress("127.0.0.1:80"), end: .closed(by: .near))

        #expect(
            record.text == "'laptop' localhost:80 (127.0.0.1:80): 120 bytes up, 45000 bytes down, "
                + "1.5 s, closed by the target")
        #expect(
            record.json
                == "{\"time\":\"1970-01-01T00:00:00Z\",\"peer\":\"laptop\",\"id\":\"\(record.id)\","
                + "\"event\":\"flow\",\"request\":\"localhost:80\",\"address\":\"127.0.0.1:80\","
                + "\"up\":120,\"down\":45000,\"dropped\":null,\"milliseconds\":1530,"
                + "\"end\":\"closed by the target\"}")
    }

    @Test("of datagrams those that were dropped are told")
    func datagrams() throws {
        let target = try #require(HostPort(host: "dns", port: 53))
        let request = OpenRequest.connect(.udp(target), isDynamic: false)

        let one = flow(request, address: nil, dropped: 1, end: .idle)
        let none = flow(request, address: nil, dropped: 0, end: .unreachable)

        #expect(one.text.hasSuffix("45000 bytes down, 1 datagram dropped, 1.5 s, idle"))
        #expect(none.text.hasSuffix("bytes down, 1.5 s, the target cannot be reached"))
        #expect(one.json.contains("\"dropped\":1,") && none.json.contains("\"dropped\":0,"))
    }

    @Test("of a flow that came in at a listener here, the client is at our end")
    func listened() throws {
        let connection = try #require(
            AcceptedConnection(listener: ListenerID(1), origin: "192.0.2.7:5", target: nil))

        let record = flow(.accepted(connection), address: nil, end: .reset(by: .near))

        #expect(record.text.hasSuffix("45000 bytes up, 120 bytes down, 1.5 s, reset by the client"))
    }

    @Test(
        "each end has its words",
        arguments: [
            (.closed(by: .far), "closed by the client"), (.reset(by: .far), "reset by the client"),
            (.reset(by: .near), "reset by the target"), (.idle, "idle"), (.refused, "refused"),
            (.notPermitted, "no longer permitted"), (.sessionLost, "session lost"),
            (.sessionClosed, "session closed"),
        ] as [(FlowEnd, String)])
    func ends(end: FlowEnd, text: String) throws {
        let request = try #require(OpenRequest(host: "h", port: 1))

        #expect(flow(request, address: nil, end: end).text.hasSuffix(", \(text)"))
    }

    @Test("a refusal tells its reason, and nothing in it can break the line")
    func refused() throws {
        let request = try #require(OpenRequest(host: "a\"b\u{85}", port: 22))
        let reply = OpenReply(.notPermitted, detail: "no \"rule\"")

        let record = record(.refused(request, reply, unrecorded: 3))

        #expect(record.json.contains("\"request\":\"a\\\"b"))
        #expect(record.json.contains("\"detail\":\"no \\\"rule\\\"\",\"unrecorded\":3}"))
        #expect(!record.json.contains("\n"))
    }
}
