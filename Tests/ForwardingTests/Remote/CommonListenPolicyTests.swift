import Testing

@testable import Forwarding

@Suite struct CommonListenPolicyTests {
    private func isAllowed(
        _ host: String, _ port: UInt16, _ rules: [String], _ gatewayPorts: GatewayPorts
    ) -> Bool {
        let policy = CommonListenPolicy(
            rules: rules.compactMap { ListenRule($0) }, gatewayPorts: gatewayPorts)
        let place = ListenRequest.Place.tcp(host: host, port: port)
        return policy.judge(place) == .allowed(place)
    }

    @Test("nothing is permitted without a rule")
    func nothing() {
        #expect(!isAllowed("localhost", 8080, [], .yes))
    }

    @Test(
        "gateway ports say which addresses are left",
        arguments: [
            ("localhost", true, true, true), ("127.0.0.1", true, true, true),
            ("::1", true, true, true), ("", false, true, true), ("10.0.0.1", false, true, false),
            ("name", false, true, false),
        ])
    func gatewayPorts(host: String, no: Bool, clientSpecified: Bool, yes: Bool) {
        #expect(isAllowed(host, 8080, ["8080"], .no) == no)
        #expect(isAllowed(host, 8080, ["8080"], .clientSpecified) == clientSpecified)
        #expect(isAllowed(host, 8080, ["8080"], .yes) == yes)
    }

    @Test("any port needs a rule for every port")
    func anyPort() {
        #expect(!isAllowed("localhost", 0, ["1-65535"], .no))
        #expect(isAllowed("localhost", 0, ["*"], .no))
    }
}
