import SRMUDP
import Testing

@testable import Forwarding

@Suite struct ForwardSpecificationLocalTests {
    private typealias Specification = ForwardSpecification

    private func specification(_ bind: ForwardSpecification.BindAddress) -> ForwardSpecification {
        ForwardSpecification(
            kind: .local, entry: .port(bind, 8080), destination: .host("db", 5432))
    }

    @Test("a bind address stands for the listeners that ssh's users expect")
    func listeners() {
        #expect(
            specification(.loopback).listenAddresses?.map(\.description) == [
                "127.0.0.1:8080", "[::1]:8080",
            ])
        #expect(
            specification(.all).listenAddresses?.map(\.description) == [
                "[::]:8080", "0.0.0.0:8080",
            ])
        #expect(
            specification(.address(IPAddress(ipv4: 0x0a00_0001))).listenAddresses?
                .map(\.description) == ["10.0.0.1:8080"])
        #expect(specification(.name("gateway")).listenAddresses == nil)
    }

    @Test("a host and port become the request; other destinations have none")
    func request() {
        #expect(specification(.loopback).openRequest == OpenRequest(host: "db", port: 5432))
        let socks = ForwardSpecification(
            kind: .dynamic, entry: .port(.loopback, 1080), destination: .socks)
        #expect(socks.openRequest == nil)
    }
}
