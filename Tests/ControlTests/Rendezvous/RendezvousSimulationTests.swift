import Foundation
import SRMUDP
import TestSupport
import Testing

@testable import Control

/// The production cores of server and clients, together, under a simulated clock.
@Suite("Rendezvous simulation") struct RendezvousSimulationTests {
    /// Takes each call, over the relay if there is one.
    private static func accept(_ host: MeetingWorld.Host, in world: MeetingWorld) {
        host.policy = { [unowned world] host, event in
            switch event {
            case .incoming(let call):
                if let token = call.token { host.core.attach(token, now: world.now) }
                host.core.answer(call.call, sealed: [1])
            case .called(_, let token?, _): host.core.attach(token, now: world.now)
            default: break
            }
        }
    }

    private func joinedChannels(_ host: MeetingWorld.Host) -> [RelayChannelID] {
        host.events.compactMap { if case .joined(let channel) = $0 { channel } else { nil } }
    }

    private func failure(
        _ host: MeetingWorld.Host, _ call: CallID
    ) -> RequestFailure? {
        for case .callFailed(call, let failure) in host.events { return failure }
        return nil
    }

    private func pair(seed: UInt64) -> (MeetingWorld, MeetingWorld.Host, MeetingWorld.Host) {
        let world = MeetingWorld(seed: seed)
        let (caller, callee) = (world.addHost(), world.addHost())
        for host in [caller, callee] {
            Self.accept(host, in: world)
            world.connect(host)
        }
        world.run(for: .seconds(1))
        return (world, caller, callee)
    }

    @Test("two nodes meet, and a channel of the relay joins them", arguments: UInt64(1)...10)
    func mediation(seed: UInt64) {
        let (world, caller, callee) = pair(seed: seed)

        caller.core.call(callee.key, wantsRelay: true, now: world.now) { _ in [] }
        let isJoined = world.run(atMost: .seconds(2)) {
            !joinedChannels(caller).isEmpty && !joinedChannels(callee).isEmpty
        }

        #expect(isJoined)
        #expect(world.relay.partners[joinedChannels(caller)[0]] == joinedChannels(callee)[0])
        #expect(world.relay.violations.isEmpty)
    }

    @Test("a callee whose process was killed unnoticed is a call that nobody answers")
    func killedCallee() {
        let (world, caller, callee) = pair(seed: 1)
        callee.reconnects = false
        world.disconnect(callee, isNoticed: false)

        let call = caller.core.call(callee.key, wantsRelay: true, now: world.now) { _ in [] }
        #expect(world.run(atMost: .seconds(6)) { failure(caller, call) != nil })
        #expect(failure(caller, call) == .status(.noAnswer))

        // When it is back, the new process is asked first.
        world.connect(callee)
        caller.core.call(callee.key, wantsRelay: true, now: world.now) { _ in [] }
        #expect(world.run(atMost: .seconds(1)) { !joinedChannels(caller).isEmpty })
    }

    @Test("a callee that answers nothing, refuses or is not there is told apart")
    func failures() {
        let (world, caller, callee) = pair(seed: 2)
        callee.policy = { _, _ in }
        let silent = caller.core.call(callee.key, wantsRelay: true, now: world.now) { _ in [] }
        world.run(for: .seconds(7))
        callee.policy = { host, event in
            if case .incoming(let call) = event { host.core.refuse(call.call) }
        }
        let refused = caller.core.call(callee.key, wantsRelay: true, now: world.now) { _ in [] }
        let stranger = ServerFixture.key(99)
        let unknown = caller.core.call(stranger, wantsRelay: true, now: world.now) { _ in [] }
        world.run(for: .seconds(1))

        #expect(failure(caller, silent) == .status(.noAnswer))
        #expect(failure(caller, refused) == .status(.refusedByPeer))
        #expect(failure(caller, unknown) == .status(.notRegistered))
    }

    @Test("a caller that does not come to the relay leaves the callee free after ten seconds")
    func callerStaysAway() {
        let (world, caller, callee) = pair(seed: 3)
        caller.policy = { _, _ in }
        caller.core.call(callee.key, wantsRelay: true, now: world.now) { _ in [] }

        let isTold = world.run(atMost: .seconds(11)) {
            callee.events.contains {
                if case .detached(_, .ending(.notJoined)) = $0 { true } else { false }
            }
        }

        #expect(isTold)
        #expect(world.relay.sides.isEmpty)
    }

    @Test("after the server was restarted all register again by themselves")
    func restart() {
        let (world, caller, callee) = pair(seed: 4)
        caller.core.claim(ttl: 600, uses: 1, now: world.now)
        world.run(for: .seconds(1))
        let instance = world.server.instance

        world.restartServer()
        world.run(for: .seconds(2))

        #expect(world.server.instance != instance)
        #expect(caller.isReady && callee.isReady)
        #expect(
            caller.events.contains {
                if case .closed(_, .connectionLost) = $0 { true } else { false }
            })
        caller.core.call(callee.key, wantsRelay: true, now: world.now) { _ in [] }
        #expect(world.run(atMost: .seconds(2)) { !joinedChannels(caller).isEmpty })
    }

    @Test("a code brings issuer and joiner together, and is void afterwards")
    func code() {
        let (world, issuer, joiner) = pair(seed: 5)
        issuer.policy = { host, event in
            switch event {
            case .entered(let mailbox, let party, _):
                host.core.post([2], from: mailbox, to: party)
            case .message(let mailbox, let party, _):
                host.core.post([4], from: mailbox, to: party)
                host.core.burn(mailbox, .finished)
            default: break
            }
        }
        joiner.policy = { host, event in
            if case .message(let mailbox, 0, [2]) = event {
                host.core.post([3], from: mailbox, to: 0)
            }
        }
        issuer.core.claim(ttl: 600, uses: 1, now: world.now)
        world.run(for: .seconds(1))
        var nameplate = Nameplate(0)
        for case .claimed(_, let found, _) in issuer.events { nameplate = found }

        joiner.core.join(nameplate, first: [1], now: world.now)
        world.run(for: .seconds(1))
        var heard: [[UInt8]] = []
        for case .message(_, 0, let bytes) in joiner.events { heard.append(bytes) }
        var ending: MailboxLoss?
        for case .closed(_, let loss) in joiner.events { ending = loss }
        #expect(heard == [[2], [4]])
        #expect(ending == .ending(.finished))

        joiner.core.join(nameplate, first: [1], now: world.now)
        world.run(for: .seconds(1))
        #expect(joiner.events.last == .joinFailed(nameplate, .status(.nameplateUnknown)))
    }

    @Test("a thousand clients call each other, all at once, and the server forgets them again")
    func thousand() {
        let world = MeetingWorld(seed: 6)
        for _ in 0..<1_000 {
            let host = world.addHost()
            host.reconnects = false
            Self.accept(host, in: world)
            world.connect(host)
        }
        world.run(for: .seconds(1))
        #expect(world.server.clientCount == 1_000)

        for host in world.hosts {
            let callee = world.hosts[(host.number + 1) % 1_000]
            host.core.call(callee.key, wantsRelay: true, now: world.now) { _ in [] }
        }
        world.run(for: .seconds(2))
        #expect(world.hosts.allSatisfy { joinedChannels($0).count == 2 })
        #expect(world.relay.sides.count == 2_000)

        for host in world.hosts { world.disconnect(host) }
        world.run(for: .seconds(20))
        #expect(world.relay.sides.isEmpty)
        #expect(world.server.clientCount == 0)
        #expect(world.server.nextTimeout == nil)
        #expect(world.relay.violations.isEmpty)
    }

    private static let environment = ProcessInfo.processInfo.environment
    private static let firstSeed = environment["P2PFWD_SEED"].flatMap { UInt64($0) } ?? 1
    private static let scheduleCount = environment["P2PFWD_SCHEDULES"].flatMap { UInt64($0) } ?? 40

    @Test(
        "whatever happens, each request ends once and nothing stays behind",
        arguments: firstSeed..<firstSeed + scheduleCount)
    func interleavings(seed: UInt64) {
        let world = MeetingWorld(seed: seed)
        var actors: [RandomActor] = []
        for _ in 0..<6 { actors.append(RandomActor(world.addHost(), in: world)) }

        for _ in 0..<300 {
            let actor = actors[Int(world.random.next(below: 6))]
            actor.act()
            world.run(for: .milliseconds(Int64(world.random.next(below: 400))))
            if world.random.next(below: 150) == 0 { world.restartServer() }
        }
        for actor in actors { actor.end() }
        // The longest code is open for a minute.
        world.run(for: .seconds(90))

        #expect(world.relay.violations.isEmpty, "seed \(seed)")
        #expect(world.relay.sides.isEmpty, "seed \(seed)")
        #expect(world.server.clientCount == 0, "seed \(seed)")
        #expect(world.server.report.contains("nameplates_open 0\n"), "seed \(seed)")
        #expect(world.server.report.contains("calls_pending 0\n"), "seed \(seed)")
        #expect(world.server.nextTimeout == nil, "seed \(seed)")
        for actor in actors { #expect(actor.complaints.isEmpty, "seed \(seed)") }
    }
}
