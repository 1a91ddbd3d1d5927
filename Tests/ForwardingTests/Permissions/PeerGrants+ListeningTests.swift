import Testing

@testable import Forwarding

@Suite struct PeerGrantsListeningTests {
    private func grants(_ gateway: GatewayPorts) throws -> PeerGrants {
        var grants = PeerGrants()
        grants.listen = [try #require(ListenRule("*")), try #require(ListenRule("/run/a"))]
        grants.gateway = gateway
        return grants
    }

    @Test("without rules nobody may listen anywhere")
    func nothing() {
        let place = ListenRequest.Place.tcp(host: "localhost", port: 8080)

        #expect(PeerGrants().judge(place) == .refused("no rule to listen at localhost:8080"))
    }

    @Test(
        "gateway ports decide about every address but loopback",
        arguments: [
            ("localhost", [.no, .yes, .clientSpecified]),
            ("LOCALHOST", [.no, .yes, .clientSpecified]),
            ("127.0.0.1", [.no, .yes, .clientSpecified]), ("::1", [.no, .yes, .clientSpecified]),
            ("", [.yes, .clientSpecified]), ("0.0.0.0", [.yes, .clientSpecified]),
            ("::", [.yes, .clientSpecified]), ("192.0.2.1", [.clientSpecified]),
            ("lan.example", [.clientSpecified]),
        ] as [(String, [GatewayPorts])])
    func gateway(host: String, allowing: [GatewayPorts]) throws {
        for gateway in GatewayPorts.allCases {
            let place = ListenRequest.Place.udp(host: host, port: 80)

            let judgement = try grants(gateway).judge(place)

            if allowing.contains(gateway) {
                #expect(judgement == .allowed(place))
            } else {
                guard case .refused(let reason) = judgement else {
                    Issue.record("\(host) is allowed with \(gateway)")
                    continue
                }
                #expect(reason.contains("gateway ports are '\(gateway.rawValue)'"))
            }
        }
    }

    @Test("any port needs a rule for every port")
    func anyPort() throws {
        var grants = PeerGrants()
        let place = ListenRequest.Place.tcp(host: "localhost", port: 0)

        grants.listen = [try #require(ListenRule("1-65535"))]
        #expect(grants.judge(place) == .refused("no rule to listen at localhost:0"))
        grants.listen = [try #require(ListenRule("*"))]
        #expect(grants.judge(place) == .allowed(place))
    }

    @Test("a path has no gateway")
    func path() throws {
        let place = ListenRequest.Place.socket(try #require(SocketPath("/run/a")))

        #expect(try grants(.no).judge(place) == .allowed(place))
    }
}
