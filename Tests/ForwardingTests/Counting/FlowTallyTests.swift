import SRMUDP
import Testing

@testable import Forwarding

@Suite struct FlowTallyTests {
    @Test("a flow is counted at both ends, when it opens and when it ends")
    func counted() throws {
        let fixture = try Fixture(isEcho: true)
        let world = fixture.world
        let client = try fixture.connect()
        client.send([UInt8](repeating: 1, count: 1_000))
        try world.run { client.received.count == 1_000 }

        #expect(world.clientTally[.node].opened == 1 && world.serverTally[.peer].opened == 1)
        #expect(world.clientTally.openingTimes.count == 1)
        #expect(world.serverTally.openingTimes.count == 0)
        #expect(world.client.flowSums[.node]?.count == 1)
        #expect(world.client.flowSums[.node]?.sentBytes == 1_000)
        #expect(world.server.flowSums[.peer]?.receivedBytes == 1_000)
        #expect(world.clientTally[.node].sentBytes == 0)

        client.send([1], end: true)
        try world.run { client.isOver && world.pair.openStreams == 0 }

        #expect(world.client.flowSums.isEmpty && world.server.flowSums.isEmpty)
        for counts in [world.clientTally[.node], world.serverTally[.peer]] {
            #expect(counts.sentBytes == 1_001 && counts.receivedBytes == 1_001)
            #expect(counts.durations.count == 1)
            #expect(counts.failed.isEmpty)
        }
        #expect(world.clientTally[.node].ended == [.closed(by: .near): 1])
        #expect(world.serverTally[.peer].ended == [.closed(by: .far): 1])
        #expect(world.clientTally[.peer].opened == 0 && world.serverTally[.node].opened == 0)
    }

    @Test("a refusal is a failure at both ends, and nothing else")
    func refused() throws {
        let fixture = try Fixture(connector: RefusingConnector())
        let world = fixture.world
        let client = try fixture.connect()
        try world.run { client.isOver && world.pair.openStreams == 0 }

        for counts in [world.clientTally[.node], world.serverTally[.peer]] {
            #expect(counts.failed == [.notPermitted: 1])
            #expect(counts.opened == 0 && counts.ended.isEmpty && counts.durations.count == 0)
        }
    }

    @Test("a client that goes away before the answer has abandoned its flow")
    func abandoned() throws {
        let connector = HoldingConnector()
        let fixture = try Fixture(connector: connector)
        let world = fixture.world
        let client = try fixture.connect()
        try world.run { connector.attempts.count == 1 }

        client.abort()
        try world.run { world.pair.openStreams == 0 && world.client.flowCount == 0 }

        #expect(world.clientTally[.node].failed == [.abandoned: 1])
        #expect(world.clientTally[.node].opened == 0)
    }

    @Test("flows that a lost session leaves without an answer have failed by it")
    func lost() throws {
        let connector = HoldingConnector()
        let fixture = try Fixture(connector: connector)
        let world = fixture.world
        _ = try fixture.connect()
        try world.run { connector.attempts.count == 1 }

        world.client.carrierLost()

        #expect(world.clientTally[.node].failed == [.sessionEnded: 1])
    }

    @Test("every answer but the good one is a failure of its own")
    func statuses() {
        let failures = OpenReply.Status.allCases.compactMap { FlowTally.Failure($0) }

        #expect(Set(failures).count == OpenReply.Status.allCases.count - 1)
    }
}
