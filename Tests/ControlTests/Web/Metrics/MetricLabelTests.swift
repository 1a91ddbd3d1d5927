import Forwarding
import SRMUDP
import Testing

@testable import Control

@Suite struct MetricLabelTests {
    @Test(
        "a path is called by what carries it",
        arguments: [
            ("192.0.2.7:1", .direct), ("[2001:db8::1]:1", .direct), ("192.168.1.2:1", .lan),
            ("127.0.0.1:1", .lan), ("[fe80::1]:1", .lan), ("[fd00::1]:1", .lan),
            ("100.64.0.1:1", .direct),
        ] as [(String, PathLabel)])
    func networks(address: String, label: PathLabel) throws {
        #expect(PathLabel(try #require(SocketAddress(address))) == label)
    }

    @Test(
        "a link is called by its kind",
        arguments: [
            (.relay, .relay), (.webSocket, .websocket), (.relayInWebSocket, .websocket),
            (.peer, .peer), (.socket, .direct),
        ] as [(LinkAddress.Kind, PathLabel)])
    func links(kind: LinkAddress.Kind, label: PathLabel) {
        #expect(PathLabel(LinkAddress(kind, number: 1).socketAddress) == label)
    }

    @Test("no two members of a set have the same label")
    func distinct() {
        func check<Label: MetricLabel>(_ type: Label.Type) {
            #expect(Set(type.allCases.map(\.label)).count == type.allCases.count)
        }
        check(FlowTally.Failure.self)
        check(FlowEnd.self)
        check(SessionTally.HandshakeOutcome.self)
        check(SessionTally.ConnectionEnd.self)
    }
}
