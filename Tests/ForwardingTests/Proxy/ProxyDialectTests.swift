import Testing

@testable import Forwarding

@Suite struct ProxyDialectTests {
    @Test("each dialect has its word for yes")
    func granted() {
        let reply = OpenReply(.connected)

        #expect(ProxyDialect.socks4.answer(to: reply) == [0, 0x5a, 0, 0, 0, 0, 0, 0])
        #expect(ProxyDialect.socks5.answer(to: reply) == [5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
        let response = String(decoding: ProxyDialect.http.answer(to: reply), as: UTF8.self)
        #expect(response == "HTTP/1.1 200 Connection established\r\n\r\n")
    }

    @Test(
        "what the far side says is told as exactly as the dialect can",
        arguments: [
            (.generalFailure, 1, 502), (.notPermitted, 2, 403), (.networkUnreachable, 3, 502),
            (.hostUnreachable, 4, 502), (.refused, 5, 502), (.timedOut, 6, 504),
            (.nameNotFound, 4, 502), (.badRequest, 1, 502), (.tooManyRequests, 1, 503),
        ] as [(OpenReply.Status, UInt8, Int)])
    func refused(status: OpenReply.Status, code: UInt8, httpStatus: Int) {
        let reply = OpenReply(status, detail: "as it is")
        let response = String(decoding: ProxyDialect.http.answer(to: reply), as: UTF8.self)

        #expect(ProxyDialect.socks4.answer(to: reply)[1] == 0x5b)
        #expect(ProxyDialect.socks5.answer(to: reply)[1] == code)
        #expect(response.hasPrefix("HTTP/1.1 \(httpStatus) "))
        #expect(response.hasSuffix("\r\n\r\np2pfwd: \(status): as it is\n"))
    }
}
