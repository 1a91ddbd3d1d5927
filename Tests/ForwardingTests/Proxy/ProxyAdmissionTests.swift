import Forwarding
import Testing

@Suite struct ProxyAdmissionTests {
    private static let target = HostPort(host: "example.org", port: 80)

    @Test("the first byte tells the protocol")
    func protocols() throws {
        let target = try #require(Self.target)
        let name = [UInt8]("example.org".utf8)

        let socks5 = AdmissionTrial([5, 1, 0, 5, 1, 0, 3, 11] + name + [0, 80])
        let socks4 = AdmissionTrial([4, 1, 0, 80, 0, 0, 0, 1, 0] + name + [0])
        let http = AdmissionTrial("CONNECT example.org:80 HTTP/1.1\r\nHost: a\r\n\r\n")

        #expect(socks5.request == .connect(target, .socks5))
        #expect(socks4.request == .connect(target, .socks4))
        #expect(http.request == .connect(target, .http))
    }

    @Test("TLS is told apart from what nobody knows, and neither gets an answer")
    func others() {
        #expect(AdmissionTrial([0x16, 3, 1]).refusal == ProxyRefusal(.encrypted))
        for first: UInt8 in [0, 1, 3, 6, 0x20, 0x40, 0x5b, 0x7f, 0x80, 0xff] {
            #expect(AdmissionTrial([first]).refusal == ProxyRefusal(.unknownProtocol))
        }
    }

    @Test("nothing is decided before the first byte")
    func silence() throws {
        var admission = ProxyAdmission(users: nil)
        var queue = ByteQueue()

        #expect(try admission.step(&queue) == .incomplete)
    }
}
