import Testing

@testable import SRMUDP

@Suite struct PathKindTests {
    @Test(
        "the kind follows from the address",
        arguments: [
            (LinkAddress.Kind.relay, PathKind.relay), (.webSocket, .relay),
            (.relayInWebSocket, .relayInWebSocket),
        ])
    func kinds(link: LinkAddress.Kind, kind: PathKind) throws {
        #expect(PathKind(LinkAddress(link, number: 7).socketAddress) == kind)
        for text in ["192.0.2.1:80", "10.0.0.1:80", "[2001:db8::1]:80", "[100:0:0:1::1]:80"] {
            #expect(PathKind(try #require(SocketAddress(text))) == .direct)
        }
    }

    @Test(
        "the better kind wins whatever the times; within one kind the clearly faster path does",
        arguments: [
            (PathKind.direct, 500, PathKind.relay, 5, true),
            (.direct, 500, .relayInWebSocket, 5, true),
            (.relay, 500, .relayInWebSocket, 5, true),
            (.relay, 5, .direct, 500, false),
            (.relayInWebSocket, 5, .direct, 500, false),
            (.relayInWebSocket, 5, .relay, 500, false),
            (.direct, 50, .direct, 100, true),
            (.direct, 85, .direct, 100, true),
            (.direct, 86, .direct, 100, false),
            (.direct, 100, .direct, 100, false),
            (.direct, 100, .direct, 50, false),
            (.relay, 85, .relay, 100, true),
            (.relay, 86, .relay, 100, false),
            (.direct, 1, .direct, 3, false),
        ] as [(PathKind, Int64, PathKind, Int64, Bool)])
    func choice(
        kind: PathKind, roundTrip: Int64, currentKind: PathKind, currentRoundTrip: Int64,
        isBetter: Bool
    ) {
        let candidate = PathQuality(kind: kind, roundTrip: .milliseconds(roundTrip))
        let current = PathQuality(kind: currentKind, roundTrip: .milliseconds(currentRoundTrip))

        #expect(candidate.isBetter(than: current) == isBetter)
        #expect(!(isBetter && current.isBetter(than: candidate)))
    }

    @Test("a policy allows what its name says")
    func policies() {
        #expect(PathKind.allCases.filter { PathPolicy.auto.allows($0) } == PathKind.allCases)
        #expect(PathKind.allCases.filter { PathPolicy.direct.allows($0) } == [.direct])
        #expect(
            PathKind.allCases.filter { PathPolicy.relay.allows($0) } == [.relay, .relayInWebSocket])
    }
}
