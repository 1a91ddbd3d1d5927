import SRMUDP
import Testing

@testable import Control

@Suite struct SessionTallyTests {
    private let tally = SessionTally()
    private let peer = Sample.keyPair(1).publicKey

    @Test("handshakes of ours have durations, those of others are counted")
    func handshakes() {
        tally.established(after: .milliseconds(20))
        tally.established(after: nil)
        tally.notEstablished(.abandoned)
        tally.notEstablished(.closedByPeer(code: .refused, reason: ""))
        tally.notEstablished(.closedByPeer(code: .goingAway, reason: ""))

        #expect(tally.initiations == [.completed: 1, .givenUp: 1, .refused: 1, .failed: 1])
        #expect(tally.responses == 1)
        #expect(tally.handshakeTimes.count == 1)
    }

    @Test("the counters of former connections add up, as long as the peer is one")
    func former() {
        var statistics = ConnectionStatistics()
        statistics.bytesSent = 5
        statistics.packetsLost = 1
        tally.released(statistics, of: peer)
        tally.released(statistics, of: peer)
        #expect(tally.former(of: peer).bytesSent == 10)
        #expect(tally.former(of: peer).packetsLost == 2)

        tally.keepPeers { _ in false }

        #expect(tally.former(of: peer) == ConnectionStatistics())
    }
}
