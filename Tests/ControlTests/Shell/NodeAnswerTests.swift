import Testing

@testable import Control

@Suite struct NodeAnswerTests {
    private static let status: JSONValue = .object([
        ("command", .string("serve")), ("pid", .number(7)), ("id", .string("abc")),
        ("address", .string("[::]:7001")), ("uptimeSeconds", .number(61)),
        (
            "servers",
            .array([
                .object([
                    ("name", .string("rv.example:7070")), ("state", .string("registered")),
                    ("observed", .string("192.0.2.1:7001")),
                ])
            ])
        ),
        (
            "sessions",
            .array([
                .object([
                    ("peer", .string("homebox")), ("state", .string("up")),
                    ("kind", .string("relayed")), ("path", .string("rv.example:7070")),
                    ("rttMicroseconds", .number(11_200)), ("lossPermille", .number(15)),
                    ("bytesSent", .number(1_500)), ("bytesReceived", .number(7)),
                    ("flows", .number(2)), ("upSeconds", .number(5)),
                    ("whyRelayed", .string("both NATs are hard")),
                ]),
                .object([("peer", .string("laptop")), ("state", .string("connecting"))]),
            ])
        ),
        (
            "groups",
            .array([
                .object([
                    ("group", .string("g1")), ("peer", .string("homebox")),
                    (
                        "forwards",
                        .array([
                            .object([
                                ("forward", .string("g1.1")), ("kind", .string("local")),
                                ("protocol", .string("udp")), ("requested", .number(53)),
                                ("places", .array([.string("127.0.0.1:53"), .string("[::1]:53")])),
                                ("target", .string("localhost:53")),
                                ("state", .string("listening")), ("flows", .number(1)),
                            ]),
                            .object([
                                ("forward", .string("g1.2")), ("kind", .string("remote")),
                                ("requested", .number(9000)), ("target", .string("a:1")),
                                ("state", .string("waiting")),
                            ]),
                        ])
                    ),
                ])
            ])
        ),
        (
            "flows",
            .array([
                .object([
                    ("flow", .string("s1.4")), ("peer", .string("homebox")),
                    ("forward", .string("g1.1")), ("served", .bool(false)),
                    ("request", .string("localhost:53")), ("sentBytes", .number(10)),
                    ("receivedBytes", .number(20)), ("ageSeconds", .number(3)),
                ])
            ])
        ),
    ])

    private func lines(_ view: NodeQuestion.View) -> [String] {
        NodeAnswer(result: Self.status).lines(of: view)
    }

    @Test("sessions are a table")
    func sessions() {
        #expect(
            lines(.sessions).map { $0.split(separator: " ", omittingEmptySubsequences: true).count }
                == [9, 15, 9])
        #expect(
            lines(.sessions)[1].hasPrefix(
                "homebox  up          relayed rv.example:7070  11.2 ms  1.5 %  1.5 kB  7 bytes"))
        #expect(lines(.sessions)[2].hasPrefix("laptop   connecting  -"))
    }

    @Test("forwards are a table")
    func forwards() {
        #expect(
            lines(.forwards) == [
                "FORWARD  PEER     KIND       LISTENS                 TARGET        STATE      FLOWS",
                "g1.1     homebox  local/udp  127.0.0.1:53, [::1]:53  localhost:53  listening  1",
                "g1.2     homebox  remote     port 9000               a:1           waiting    -",
            ])
    }

    @Test("flows are a table")
    func flows() {
        #expect(
            lines(.flows) == [
                "FLOW  PEER     FORWARD  REQUEST       SENT      RECEIVED  AGE",
                "s1.4  homebox  g1.1     localhost:53  10 bytes  20 bytes  3 s",
            ])
    }

    @Test("status is that of p2pfwd status")
    func status() throws {
        #expect(lines(.status) == (try #require(StatusReport(Self.status))).lines)
        #expect(!lines(.status).isEmpty)
    }

    @Test(
        "an answer that lacks everything is shown all the same",
        arguments: [
            NodeQuestion.View.peers, .metrics, .rights, .paired, .session, .sessions, .added,
            .forwards,
            .cancelled, .flows, .status, .path, .pings, .network, .logLevel("info"), .logLines,
            .events, .done("done"),
        ])
    func empty(view: NodeQuestion.View) {
        for result in [JSONValue.object([]), .null, .array([.null])] {
            let answer = NodeAnswer(result: result)
            #expect(answer.lines(of: view).allSatisfy { !$0.contains("\n") })
            #expect(answer.json(of: view) == result.text)
        }
    }

    @Test("JSON is what the command is about")
    func json() {
        let answer = NodeAnswer(result: Self.status)

        #expect(answer.json(of: .sessions).hasPrefix(#"[{"peer":"homebox""#))
        #expect(answer.json(of: .status) == Self.status.text)
    }

    @Test("control characters do not reach the terminal")
    func controls() {
        let answer = NodeAnswer(
            result: .object([("peer", .string("a\u{1b}[31m\u{7}\u{202e}"))]))

        #expect(answer.lines(of: .paired) == ["paired with 'a?[31m??'"])
    }

    @Test("peers are a table with their rights")
    func peers() {
        let peer: JSONValue = .object([
            ("name", .string("homebox")), ("id", .string("abc")),
            ("candidates", .array([.string("192.0.2.7:7001")])),
            ("permit", .array([.string("localhost:80"), .string("localhost:22")])),
            ("listen", .array([])), ("gateway", .null), ("relay", .bool(true)),
            ("flows", .number(5)), ("expires", .null),
        ])

        #expect(
            NodeAnswer(result: .object([("peers", .array([peer]))])).lines(of: .peers) == [
                "PEER     ID   ADDRESS         " + "RIGHTS".padded(to: 50) + "  UNTIL",
                "homebox  abc  192.0.2.7:7001  permit=localhost:80,localhost:22 relay=yes flows=5  -",
            ])
    }
}
