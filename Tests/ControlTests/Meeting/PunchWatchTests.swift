import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct PunchWatchTests {
    private let loop: EventLoop
    private let watch: PunchWatch

    init() throws {
        loop = try EventLoop()
        watch = PunchWatch(loop: loop, patience: .milliseconds(1))
    }

    /// A connection that dials into the void.
    private func dialling() throws -> (Endpoint, Connection) {
        let endpoint = Endpoint(
            configuration: ConnectionConfiguration(), identity: Sample.keyPair(1),
            random: SeededRandomSource(seed: 1), logger: .silent, now: loop.now
        ) { _, _ in nil }
        let target = PeerTarget(
            publicKey: Sample.keyPair(2).publicKey,
            preSharedKey: SecretBytes([UInt8](repeating: 1, count: 32)), addresses: [])
        return (endpoint, endpoint.dial(to: target, now: loop.now))
    }

    @Test("a direct path ends the attempt, once")
    func direct() throws {
        let pair = ConnectionPair()
        let connection = try #require(pair.client.connection)
        watch.began(connection)

        watch.handle(.established, on: connection)
        watch.handle(.closed(.timedOut), on: connection)

        #expect(watch.outcomes == [.direct: 1])
        #expect(watch.times.count == 1)
    }

    @Test("whoever has no direct path when the time is over is relayed")
    func relayed() throws {
        let (endpoint, connection) = try dialling()
        var stages: [PunchWatch.Stage] = []
        watch.changed = { _, stage, _ in stages.append(stage) }
        watch.began(connection)
        watch.answered(connection)
        watch.answered(connection)
        watch.handle(.established, on: connection)
        watch.answered(connection)
        #expect(watch.outcomes.isEmpty)

        for _ in 0..<1_000 where watch.outcomes.isEmpty {
            try loop.runTurn(waitingAtMost: .milliseconds(1))
        }

        #expect(watch.outcomes == [.relayed: 1])
        #expect(watch.times.count == 0)
        #expect(stages == [.calling, .answered, .relayed, .ended(.relayed)])
        withExtendedLifetime(endpoint) {}
    }

    @Test("a dial that ends, and a relayed connection that does, are told apart")
    func closed() throws {
        let (first, dialled) = try dialling()
        watch.began(dialled)
        watch.handle(.closed(.abandoned), on: dialled)
        #expect(watch.outcomes == [.unreached: 1])

        let (second, relayed) = try dialling()
        watch.began(relayed)
        watch.handle(.established, on: relayed)
        watch.handle(.closed(.timedOut), on: relayed)
        #expect(watch.outcomes == [.unreached: 1, .relayed: 1])
        withExtendedLifetime((first, second)) {}
    }

    @Test("connections that nobody watches are left alone")
    func unwatched() throws {
        let (endpoint, connection) = try dialling()

        watch.handle(.established, on: connection)
        watch.handle(.closed(.abandoned), on: connection)

        #expect(watch.outcomes.isEmpty)
        withExtendedLifetime(endpoint) {}
    }
}
