import SRMUDP
import Testing

@testable import Forwarding

@Suite struct HTTPProxyExchangeTests {
    /// An exchange and the queues around it.
    private final class Trial {
        var exchange: HTTPProxyExchange
        private var fromServer = ByteQueue()
        private var toClient = ByteQueue()

        init(_ method: String = "GET", fields: String = "") throws {
            let text = "\(method) http://a/ HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"
            guard case .exchange(let request) = AdmissionTrial(text).request else {
                throw ProxyRefusal(.malformed)
            }
            exchange = HTTPProxyExchange(request)
        }

        /// Feeds what the server sends in pieces; returns what the client gets.
        func receive(_ text: String, pieceLength: Int = 3) throws -> String {
            let bytes = [UInt8](text.utf8)
            for start in stride(from: 0, to: bytes.count, by: pieceLength) {
                fromServer.append([UInt8](bytes[start..<min(start + pieceLength, bytes.count)]))
                try exchange.passResponse(&fromServer, to: &toClient, limit: 1 << 20)
            }
            return String(decoding: toClient.take(toClient.count), as: UTF8.self)
        }

        /// Passes what the client sends; returns what the server gets.
        func send(_ text: String) throws -> String {
            var input = ByteQueue()
            var output = ByteQueue()
            input.append([UInt8](text.utf8))
            try exchange.passRequest(&input, to: &output, limit: 1 << 20)
            return String(decoding: output.take(output.count), as: UTF8.self)
        }
    }

    @Test("a response with a length is passed on, without what is for one hop only")
    func length() throws {
        let trial = try Trial()
        let response = try trial.receive(
            "HTTP/1.1 200 OK\r\nKeep-Alive: 5\r\nConnection: keep-alive\r\nServer: x\r\n"
                + "Content-Length: 3\r\n\r\nabc")

        #expect(response == "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 3\r\n\r\nabc")
        #expect(trial.exchange.isResponseComplete)
        #expect(trial.exchange.keepsServer)
        #expect(!trial.exchange.endsClient)
    }

    @Test("interim responses come before the final one")
    func interim() throws {
        let trial = try Trial("POST", fields: "Expect: 100-continue\r\nContent-Length: 2\r\n")
        let first = try trial.receive("HTTP/1.1 100 Continue\r\n\r\n")
        let body = try trial.send("abc")
        let second = try trial.receive("HTTP/1.1 204 No Content\r\n\r\n")

        #expect(first == "HTTP/1.1 100 Continue\r\n\r\n")
        #expect(body == "ab")
        #expect(second == "HTTP/1.1 204 No Content\r\n\r\n")
        #expect(trial.exchange.isRequestComplete)
        #expect(trial.exchange.isResponseComplete)
    }

    @Test("some responses have no body, whatever they say")
    func bodiless() throws {
        let head = try Trial("HEAD")
        _ = try head.receive("HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n")
        let unchanged = try Trial()
        _ = try unchanged.receive("HTTP/1.1 304 Not Modified\r\nContent-Length: 300\r\n\r\n")

        #expect(head.exchange.isResponseComplete)
        #expect(unchanged.exchange.isResponseComplete)
    }

    @Test("a body that only the connection's end ends makes the client's connection end")
    func untilEnd() throws {
        let trial = try Trial()
        let response = try trial.receive("HTTP/1.1 200 OK\r\n\r\nabc")

        #expect(response == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc")
        #expect(!trial.exchange.isResponseComplete)
        try trial.exchange.serverEnded()
        #expect(trial.exchange.isResponseComplete)
        #expect(trial.exchange.endsClient)
        #expect(!trial.exchange.keepsServer)
    }

    @Test("a chunked body is passed on as it is, and the server is kept")
    func chunked() throws {
        let trial = try Trial()
        let body = "3\r\nabc\r\n0\r\nA: b\r\n\r\n"
        let response = try trial.receive(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(body)")

        #expect(response.hasSuffix("\r\n\r\n\(body)"))
        #expect(trial.exchange.isResponseComplete)
        #expect(trial.exchange.keepsServer)
    }

    @Test("a server that says more than its response, or that it closes, is not kept")
    func notKept() throws {
        let talkative = try Trial()
        _ = try talkative.receive("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200")
        let closing = try Trial()
        _ = try closing.receive("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        let old = try Trial()
        _ = try old.receive("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")

        #expect(!talkative.exchange.keepsServer)
        #expect(!closing.exchange.keepsServer)
        #expect(!closing.exchange.endsClient)
        #expect(!old.exchange.keepsServer)
        #expect(old.exchange.endsClient)
    }

    @Test("an upgrade makes the exchange a tunnel for both sides")
    func upgrade() throws {
        let trial = try Trial(fields: "Connection: Upgrade\r\nUpgrade: x\r\n")
        let response = try trial.receive(
            "HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n\0\r\n")

        #expect(
            response
                == "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n\0\r\n")
        #expect(trial.exchange.isTunnel)
        #expect(try trial.send("anything") == "anything")
    }

    @Test(
        "a response that is none is an error",
        arguments: [
            "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 200 OK\n", "HTTP/1.1 101 Switching\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx",
        ])
    func malformed(text: String) throws {
        let trial = try Trial()

        #expect(throws: HTTPProxyExchangeError.self) { try trial.receive(text) }
    }

    @Test("a server that ends too early has not answered")
    func truncated() throws {
        let silent = try Trial()
        let half = try Trial()
        _ = try half.receive("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab")

        #expect(throws: HTTPProxyExchangeError.truncated) { try silent.exchange.serverEnded() }
        #expect(throws: HTTPProxyExchangeError.truncated) { try half.exchange.serverEnded() }
        #expect(half.exchange.hasResponse)
    }
}
