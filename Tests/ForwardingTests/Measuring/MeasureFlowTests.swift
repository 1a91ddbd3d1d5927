import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

@Suite struct MeasureFlowTests {
    /// A client's side, and a serving side that measures with a peer of this account.
    private final class Fixture {
        let world: ForwardingWorld
        private(set) var outcomes: [MeasureFlow.Outcome] = []

        init(rate: Int64? = nil, connector: (any TargetConnector)? = nil) throws {
            var account: PeerAccount?
            world = try ForwardingWorld { loop in
                let made = PeerAccount(
                    name: "peer", grants: PeerGrants(), budget: RateBudget(rate: rate, clock: loop))
                account = made
                return connector ?? RequestRouter(targets: RefusingConnector(), account: made)
            } account: {
                account
            }
            // Without a network in between nothing else would hold a measurement back.
            world.eventsPerTurn = 4
        }

        @discardableResult
        func measure(
            _ direction: MeasureRequest.Direction, milliseconds: UInt16 = 20
        ) throws -> MeasureFlow {
            let request = try #require(MeasureRequest(direction, milliseconds: milliseconds))
            var made: MeasureFlow?
            let isOpen = world.client.open { place in
                let flow = MeasureFlow.opening(request, at: place) { [unowned self] in
                    outcomes.append($0)
                }
                made = flow
                return flow
            }
            #expect(isOpen)
            return try #require(made)
        }

        func finish() throws {
            try world.run {
                world.pair.openStreams == 0 && world.client.flowCount == 0
                    && world.server.flowCount == 0
            }
        }

        var result: MeasureResult? {
            if case .measured(let result)? = outcomes.first { result } else { nil }
        }
    }

    @Test("what arrives is measured by whoever receives it", arguments: [true, false])
    func result(isUp: Bool) throws {
        let fixture = try Fixture()
        let flow = try fixture.measure(isUp ? .up : .down)
        try fixture.world.run { !fixture.outcomes.isEmpty }
        try fixture.finish()

        let result = try #require(fixture.result)
        #expect(fixture.outcomes.count == 1)
        #expect(result.bytes > 0 && result.microseconds >= 20_000 && result.bitsPerSecond > 0)
        #expect(isUp ? result.bytes <= flow.uploadedBytes : result.bytes == flow.downloadedBytes)
        #expect(fixture.world.serverReports.refusals.isEmpty)
    }

    @Test("a second measurement of the same peer is refused while the first one runs")
    func oneAtATime() throws {
        let fixture = try Fixture()
        try fixture.measure(.down, milliseconds: 60_000)
        try fixture.world.run { fixture.world.server.flowCount == 1 }
        let second = try fixture.measure(.up)
        try fixture.world.run { second.hasEnded }

        guard case .refused(let reply)? = fixture.outcomes.first else {
            Issue.record("\(fixture.outcomes)")
            return
        }
        #expect(reply.status == .tooManyRequests)

        fixture.world.client.flowList.forEach { _ = fixture.world.client.close(flow: $0.stream) }
        try fixture.finish()
        #expect(fixture.outcomes.last == .broken)
        try fixture.measure(.up)
        try fixture.world.run { fixture.outcomes.count == 3 }
        if case .measured? = fixture.outcomes.last {} else { Issue.record("\(fixture.outcomes)") }
    }

    @Test("nothing is measured where nobody offers it")
    func notOffered() throws {
        let fixture = try Fixture(connector: RequestRouter(targets: RefusingConnector()))
        try fixture.measure(.down)
        try fixture.world.run { !fixture.outcomes.isEmpty }

        #expect(
            fixture.outcomes == [
                .refused(OpenReply(.notPermitted, detail: "nothing is measured here"))
            ])
        try fixture.finish()
    }

    @Test("what is measured counts against the peer's rate", arguments: [true, false])
    func rate(isUp: Bool) throws {
        let rate: Int64 = 1_000_000
        let fixture = try Fixture(rate: rate)
        try fixture.measure(isUp ? .up : .down, milliseconds: 60)
        try fixture.world.run { !fixture.outcomes.isEmpty }

        // An eighth of a second's worth may go at once; and an allowance may be used up whole.
        let result = try #require(fixture.result)
        let earned = UInt64(rate) * result.microseconds / 1_000_000
        #expect(result.bytes <= UInt64(rate) / 8 + earned + 131_072)
    }

    @Test("a result that cannot be true is none")
    func lie() throws {
        let fixture = try Fixture(connector: LyingConnector())
        try fixture.measure(.up)
        try fixture.world.run { !fixture.outcomes.isEmpty }

        #expect(fixture.outcomes == [.broken])
        try fixture.finish()
    }

    @Test("the end of the session ends a measurement", arguments: [true, false])
    func sessionEnd(isOrderly: Bool) throws {
        let fixture = try Fixture()
        try fixture.measure(.down, milliseconds: 60_000)
        try fixture.world.run { fixture.world.server.flowCount == 1 }

        if isOrderly { fixture.world.client.close() } else { fixture.world.client.carrierLost() }

        #expect(fixture.outcomes == [.broken])
        fixture.world.server.close()
    }

    @Test("a result is encoded as the layout says")
    func resultCoding() throws {
        let result = MeasureResult(bytes: 1_000_000, microseconds: 10_000_000)
        let bytes: [UInt8] = [0, 0, 0, 0, 0, 15, 66, 64, 0, 0, 0, 0, 0, 152, 150, 128]

        #expect(result.encoded == bytes)
        #expect(MeasureResult(encoded: bytes) == result)
        #expect(result.bitsPerSecond == 800_000)
        #expect(MeasureResult(encoded: bytes + [0]) == nil)
        #expect(MeasureResult(bytes: .max, microseconds: 0).bitsPerSecond == 0)
        #expect(MeasureResult(bytes: .max, microseconds: 1).bitsPerSecond == .max)
    }
}

/// Says that more arrived than can have been sent.
private final class LyingConnector: TargetConnector {
    func connect(
        to request: OpenRequest, completion: @escaping (ConnectOutcome) -> Void
    ) -> any ConnectAttempt {
        completion(
            .taken { place in
                let result = MeasureResult(bytes: .max, microseconds: 1)
                let bytes = OpenReply(.connected).encoded + result.encoded
                place.carrier.write(place.stream, bytes)
                place.carrier.finish(place.stream)
                return Listener(at: place, for: request)
            })
        return HeldAttempt(request: request, completion: completion)
    }

    private final class Listener: StreamUser {
        let request: OpenRequest
        let isConnected = true
        let uploadedBytes: UInt64 = 0
        let downloadedBytes: UInt64 = 0
        private let place: StreamPlace

        init(at place: StreamPlace, for request: OpenRequest) {
            self.place = place
            self.request = request
        }

        func streamReadable() -> OpenReply? {
            _ = place.carrier.withReadable(place.stream) { $0.byteCount }
            return nil
        }

        func streamWritable() {}
        func streamReset() {}
        func streamStopped() {}
        func streamClosed() {}
        func carrierLost() {}
        func abort() {}
    }
}
