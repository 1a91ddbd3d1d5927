import SRMUDP
import Testing

@testable import Control

/// With a clock that the tests set.
@Suite struct KeyLinkLifeTests {
    private let start = Instant(nanoseconds: 1_000_000_000)

    private func life(upAt now: Instant, dials: Bool = true) -> KeyLinkLife {
        var life = KeyLinkLife(dials: dials)
        _ = life.prepared(now: now)
        life.connected(now: now)
        _ = life.greeted(now: now)
        return life
    }

    /// Goes on until `end` as deadlines come; what happened, and when.
    private func run(
        _ life: inout KeyLinkLife, until end: Instant
    ) -> [(time: Instant, action: KeyLinkLife.Action)] {
        var log: [(Instant, KeyLinkLife.Action)] = []
        while let due = life.nextTimeout, due <= end {
            log += life.handleTimeout(now: due).map { (due, $0) }
        }
        return log
    }

    @Test("a link dials, is greeted, and is established")
    func establishing() {
        var life = KeyLinkLife(dials: true)

        #expect(life.prepared(now: start) == [.dial])
        #expect(life.state == .waiting(nil))
        life.connected(now: start)
        #expect(!life.isUp)
        #expect(life.greeted(now: start) == [.tell(.established)])
        #expect(life.isUp && life.nextTimeout == nil)
    }

    @Test("that nobody answers is told after 10 s, once, and dialling goes on")
    func unanswered() {
        var life = KeyLinkLife(dials: true)
        _ = life.prepared(now: start)

        let log = run(&life, until: start + .seconds(100))

        #expect(log.first?.time == start + .seconds(10))
        #expect(log.first?.action == .tell(.waiting(.unanswered)))
        #expect(log.dropFirst().allSatisfy { $0.action == .lookAgain } && log.count == 4)
        #expect(life.handleTimeout(now: start + .seconds(101)).isEmpty)
    }

    @Test("a peer of another version is told in place of silence")
    func otherVersion() {
        var life = KeyLinkLife(dials: true)
        _ = life.prepared(now: start)

        let actions = life.handleTimeout(hearsOtherVersion: true, now: start + .seconds(10))

        #expect(actions == [.tell(.waiting(.otherVersion))])
    }

    @Test("a silence is told 5 s after it began, and its end at once")
    func silence() {
        var life = life(upAt: start)
        let silent = start + .seconds(60)
        life.silent(now: silent)
        #expect(life.nextTimeout == silent + KeyLinkLife.silence)
        #expect(life.handleTimeout(now: silent + .milliseconds(4_999)).isEmpty)

        let log = run(&life, until: silent + .seconds(5))

        #expect(log.map(\.action) == [.tell(.reconnecting(.silence))])
        #expect(life.isUp, "the connection goes on where it was")
        #expect(!life.maySend, "messages wait")
        #expect(life.heard(now: silent + .seconds(20)) == [.tell(.established)])
        #expect(life.maySend)
    }

    @Test("a short silence is not told")
    func shortSilence() {
        var life = life(upAt: start)
        life.silent(now: start + .seconds(1))

        #expect(life.heard(now: start + .seconds(5)).isEmpty)
        #expect(life.nextTimeout == nil && life.state == .established)
    }

    @Test("a lost connection is told with what is uncertain, and dialled anew")
    func lost() {
        var life = life(upAt: start)
        let now = start + .seconds(60)

        #expect(
            life.lost(.peerRestarted, unconfirmed: 3, now: now)
                == [.tell(.reconnecting(.lost(.peerRestarted, unconfirmed: 3)))])
        let log = run(&life, until: now + .seconds(1))

        #expect(log.map(\.action) == [.dial] && log[0].time == now + .milliseconds(500))
        life.connected(now: now + .seconds(1))
        #expect(life.greeted(now: now + .seconds(1)) == [.tell(.established)])
    }

    @Test("pauses grow to 5 s, and begin anew after a connection that was steady")
    func pauses() {
        var life = life(upAt: start)
        var now = start
        var pauses: [Interval] = []
        for _ in 0..<6 {
            _ = life.lost(.timedOut, unconfirmed: 0, now: now)
            let due = life.nextTimeout ?? now
            pauses.append(due - now)
            now = due
            _ = life.handleTimeout(now: now)
        }
        #expect(pauses == [500, 1_000, 2_000, 4_000, 5_000, 5_000].map { .milliseconds($0) })

        life.connected(now: now)
        _ = life.greeted(now: now)
        now = now + .seconds(11)
        _ = life.lost(.timedOut, unconfirmed: 0, now: now)
        #expect(life.nextTimeout == now + .milliseconds(500))
    }

    @Test("a refusal by a peer that never was ours says that the place is taken")
    func occupied() {
        var life = KeyLinkLife(dials: true)
        _ = life.prepared(now: start)
        life.connected(now: start)

        let refusal = ConnectionError.closedByPeer(code: .refused, reason: "another one")
        #expect(life.lost(refusal, unconfirmed: 0, now: start) == [.tell(.waiting(.occupied))])
        #expect(run(&life, until: start + .seconds(1)).map(\.action) == [.dial])
    }

    @Test("a connection on which no stream begins is given up after 10 s")
    func ungreeted() {
        var life = KeyLinkLife(dials: false)
        #expect(life.prepared(now: start).isEmpty)
        life.connected(now: start)

        #expect(life.nextTimeout == start + KeyLinkLife.greetingTime)
        #expect(life.handleTimeout(now: start + .seconds(10)) == [.giveUp])
        #expect(life.lost(.timedOut, unconfirmed: 0, now: start + .seconds(10)).isEmpty)
        #expect(life.nextTimeout == nil)
    }

    @Test("a name that leads nowhere is tried again")
    func unresolved() {
        var life = KeyLinkLife(dials: true)
        _ = life.prepared(now: start)

        #expect(
            life.unresolved("no such name", now: start)
                == [.tell(.waiting(.unresolvable("no such name")))])
        #expect(run(&life, until: start + .seconds(1)).map(\.action) == [.dial])
    }

    @Test("who waits to be called says nothing and dials nobody, before and after")
    func calm() {
        var life = life(upAt: start, dials: false)

        let actions = life.lost(.timedOut, unconfirmed: 0, now: start)

        #expect(actions == [.tell(.reconnecting(.lost(.timedOut, unconfirmed: 0)))])
        #expect(life.nextTimeout == nil)
        life.connected(now: start)
        #expect(life.greeted(now: start) == [.tell(.established)])
    }

    @Test("the end is the end")
    func end() {
        var life = life(upAt: start)

        #expect(life.ended(.takenOver) == [.tell(.failed(.takenOver))])
        #expect(life.ended(.closed).isEmpty)
        #expect(life.lost(.timedOut, unconfirmed: 1, now: start).isEmpty)
        #expect(life.heard(now: start).isEmpty && life.nextTimeout == nil)
    }
}
