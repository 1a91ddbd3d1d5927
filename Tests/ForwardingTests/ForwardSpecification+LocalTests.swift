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

    @Test("a path is a target and a place as well")
    func paths() throws {
        let path = try #require(SocketPath("/run/x"))
        let forward = ForwardSpecification(
            kind: .remote, entry: .path("/run/x"), destination: .path("/run/x"))

        #expect(forward.target == .socket(path))
        #expect(forward.openRequest == .connect(.socket(path), isDynamic: false))
        #expect(forward.listenPlace == .socket(path))
    }

    @Test("a bind address is asked for as it was written")
    func places() {
        #expect(specification(.loopback).listenPlace == .tcp(host: "localhost", port: 8080))
        #expect(specification(.all).listenPlace == .tcp(host: "", port: 8080))
        #expect(specification(.name("box")).listenPlace == .tcp(host: "box", port: 8080))
        #expect(
            specification(.address(.loopbackIPv6)).listenPlace == .tcp(host: "::1", port: 8080))
    }
}
