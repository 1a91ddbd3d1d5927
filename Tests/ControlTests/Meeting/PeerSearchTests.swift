import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct PeerSearchTests {
    private let pair = ConnectionPair()
    private let server: ServerAddress
    private var search: PeerSearch
    private var now = Instant(nanoseconds: 0)
    private var callCount: UInt64 = 0

    init() throws {
        server = try ServerAddress("meet.example.org:7070")
        let peer = Peer(
            name: "homebox", publicKey: Sample.keyPair(2).publicKey,
            preSharedKey: SecretBytes([UInt8](repeating: 1, count: 32)), added: UnixTime(seconds: 0)
        )
        search = PeerSearch(peer: peer, connection: try #require(pair.client.connection))
    }

    /// Calls as soon as a call is due, which ends at once; how long that was waited for.
    private mutating func waitForCall(endingWith outcome: CallOutcome?) -> Interval {
        let due = max(now, search.nextCall ?? now)
        let waited = due - now
        now = due
        #expect(search.isDue(server, now: now))
        callCount += 1
        search.called(CallID(callCount), through: server, now: now)
        if let outcome { search.ended(CallID(callCount), outcome, now: now) }
        return waited
    }

    @Test("calls that bring nothing become rare")
    mutating func unanswered() {
        let waits = (0..<7).map { _ in waitForCall(endingWith: nil) }

        #expect(waits == [0, 2, 4, 8, 16, 16, 16].map { .seconds($0) })
    }

    @Test("a peer that is not registered is called again soon at first")
    mutating func unregistered() {
        let absent = CallOutcome.failed(.status(.notRegistered))
        let waits = (0..<8).map { _ in waitForCall(endingWith: absent) }

        #expect(
            waits == [0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 16_000].map { .milliseconds($0) })
        #expect(search.outcomes[server] == absent)
    }

    @Test("a search that begins again calls at once, and soon after")
    mutating func again() {
        let absent = CallOutcome.failed(.status(.notRegistered))
        for _ in 0..<6 { _ = waitForCall(endingWith: absent) }
        search.established()
        #expect(search.nextCall == nil)
        #expect(!search.isDue(server, now: now + .seconds(60)))

        search.seekAgain()

        #expect(waitForCall(endingWith: absent) == .seconds(0))
        #expect(waitForCall(endingWith: absent) == .milliseconds(500))
    }

    @Test("a call of another search changes nothing")
    mutating func foreignCall() {
        _ = waitForCall(endingWith: nil)

        search.ended(CallID(99), .failed(.status(.notRegistered)), now: now)

        #expect(search.outcomes[server] == .calling)
        #expect(waitForCall(endingWith: nil) == .seconds(2))
    }
}
