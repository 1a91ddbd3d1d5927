import Forwarding
import Testing

@Suite struct HTTPAdmissionTests {
    private static func connect(_ target: String, _ fields: String = "") -> AdmissionTrial {
        AdmissionTrial("CONNECT \(target) HTTP/1.1\r\nHost: a\r\n\(fields)\r\nrest")
    }

    @Test(
        "CONNECT names a host and a port",
        arguments: [
            ("example.org:443", "example.org:443"), ("[2001:db8::1]:80", "[2001:db8::1]:80"),
            ("192.0.2.7:8080", "192.0.2.7:8080"),
        ])
    func connect(target: String, expected: String) {
        let trial = Self.connect(target)

        guard case .connect(let hostPort, .http) = trial.request else {
            Issue.record("\(target) was not taken")
            return
        }
        #expect("\(hostPort)" == expected)
        #expect(trial.rest == [UInt8]("rest".utf8))
        #expect(trial.answers.isEmpty)
    }

    @Test(
        "CONNECT to anything else is a bad request",
        arguments: [
            "a;b:80", "example.org", "example.org:", "example.org:0", "example.org:65536",
            "example.org:+1",
            ":80", "2001:db8::1:80", "[2001:db8::1]", "[example.org]:80", "user@example.org:80",
            "http://example.org:80", "/", "a/b:80", "example.org:80:80", "[::1]x:80",
        ])
    func badTargets(target: String) {
        let trial = Self.connect(target)

        #expect(trial.refusalText.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        #expect(trial.refusalText.contains("\r\nConnection: close\r\n"))
    }

    @Test(
        "a head that servers read in different ways is refused",
        arguments: [
            ("CONNECT a:1 HTTP/1.1\r\n\r\n", 400), ("CONNECT a:1\r\n\r\n", 400),
            ("CONNECT a:1 HTTP/2.0\r\nHost: a\r\n\r\n", 505),
            ("GET http://a/ HTTP/1.1\nHost: a\n\n", 400),
            ("GET http://a/ HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n", 400),
            ("GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
            (
                "POST http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n", 400
            ),
            (
                "POST http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                    + "Content-Length: 1\r\n\r\n", 400
            ),
            ("POST http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", 400),
            ("POST http://a/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
            (
                "POST http://a/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
                501
            ),
            ("G\0T", 400), ("GET " + String(repeating: "a", count: 32_768), 431),
        ] as [(String, Int)])
    func badHeads(text: String, status: Int) {
        let trial = AdmissionTrial(text, pieceLength: 1000)

        #expect(trial.refusalText.hasPrefix("HTTP/1.1 \(status) "))
        #expect(trial.refusal?.reason == .malformed)
    }

    @Test("without credentials the client is asked for some, with wrong ones refused")
    func credentials() throws {
        let users = try ProxyUsers.samples
        func trial(_ value: String?) -> AdmissionTrial {
            let field = value.map { "Proxy-Authorization: \($0)\r\n" } ?? ""
            return AdmissionTrial(
                "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\(field)\r\n", users: users)
        }

        let none = trial(nil)
        #expect(none.refusal?.reason == .credentialsNeeded)
        #expect(none.refusalText.hasPrefix("HTTP/1.1 407 Proxy Authentication Required\r\n"))
        #expect(none.refusalText.contains("\r\nProxy-Authenticate: Basic realm=\"p2pfwd\"\r\n"))
        // ann:secret and bob:a:b
        #expect(trial("Basic YW5uOnNlY3JldA==").refusal == nil)
        #expect(trial("basic  Ym9iOmE6Yg==").refusal == nil)
        for wrong in [
            "Basic YW5uOnNlY3JldHM=", "Basic YW5u", "Basic", "Basic *", "Bearer YW5uOnNlY3JldA==",
            "Basic YW5uOnNlY3JldA== x",
        ] {
            #expect(trial(wrong).refusal?.reason == .wrongCredentials)
            #expect(trial(wrong).refusalText.hasPrefix("HTTP/1.1 407 "))
        }
    }
}
