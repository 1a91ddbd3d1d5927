import TestSupport
import Testing

@testable import SRMUDP

@Suite struct PathProberTests {
    /// A prober, its clock, and what it sent.
    private struct World {
        struct Sent {
            let time: Interval
            let output: PathProber.Output

            var challenge: (SocketAddress, UInt64)? {
                guard case .probe(let address, let challenge?, _, _) = output else { return nil }
                return (address, challenge)
            }
            var address: SocketAddress {
                switch output {
                case .opener(let address, _), .probe(let address, _, _, _): address
                }
            }
        }

        let random = SeededRandomSource(seed: 1)
        let start = Instant(nanoseconds: 1_000_000_000)
        var now = Instant(nanoseconds: 1_000_000_000)
        var prober: PathProber
        var covered: Set<SocketAddress> = []

        init(_ change: (inout ProbingConfiguration) -> Void = { _ in }) {
            var configuration = ProbingConfiguration()
            change(&configuration)
            prober = PathProber(configuration: configuration)
        }

        mutating func poll() -> [Sent] {
            let covered = covered
            var all: [Sent] = []
            while let output = prober.next(
                random: random, now: now, isCovered: { covered.contains($0) })
            {
                all.append(Sent(time: now - start, output: output))
            }
            return all
        }

        mutating func run(for interval: Interval) -> [Sent] {
            let end = now + interval
            var all = poll()
            var turns = 0
            while prober.deadline <= end {
                turns += prober.deadline <= now ? 1 : 0
                #expect(turns < 1_000, "time stands still")
                now = max(now, prober.deadline)
                all += poll()
            }
            now = end
            return all
        }
    }

    private static let candidates = (1...6).map {
        Candidate(.reflexive, SocketAddress(IPAddress(ipv4: 0xc000_0200 + $0), port: 9))
    }
    private let candidates = Self.candidates
    private var addresses: [SocketAddress] { candidates.map(\.address) }
    private let stranger = SocketAddress.simulated(host: 66)

    @Test("all addresses are challenged in turn, 50 ms apart, again and again for five seconds")
    func round() {
        var world = World()
        world.prober.use(candidates, now: world.now)

        world.prober.begin(openers: nil, now: world.now)
        let sent = world.run(for: .seconds(9))

        #expect(Set(sent[..<6].map(\.address)) == Set(addresses))
        let gaps = zip(sent, sent.dropFirst()).map { $1.time - $0.time }
        #expect(gaps.allSatisfy { $0 >= .milliseconds(50) })
        for address in addresses {
            let count = sent.count { $0.address == address }
            #expect((9...12).contains(count), "\(count)")
        }
        #expect(sent.allSatisfy { $0.time <= .seconds(5) })
        #expect(world.prober.probesSent == sent.count)
        #expect(Set(sent.compactMap { $0.challenge?.1 }).count == sent.count)
    }

    @Test("without a direct path short rounds follow, ever more seldom, with one they do not")
    func shortRounds() {
        var world = World()
        world.prober.use([candidates[0]], now: world.now)
        world.prober.begin(openers: nil, now: world.now)
        _ = world.run(for: .seconds(6))

        let sent = world.run(for: .seconds(3_600))
        world.prober.hasDirectPath = true
        _ = world.run(for: .seconds(700))
        let later = world.run(for: .seconds(3_600))

        let beginnings = stride(from: 0, to: sent.count, by: 2).map { sent[$0].time }
        let pauses = zip(beginnings, beginnings.dropFirst()).map { ($1 - $0).seconds }
        #expect(beginnings.first == .seconds(15))
        let expected: [Double] = [32, 62, 122, 302, 602, 602]
        #expect(zip(pauses, expected).allSatisfy { abs($0 - $1) < 1 }, "\(pauses)")
        #expect(later.isEmpty)
        #expect(world.prober.deadline == .distantFuture)
    }

    @Test("an answer counts if it has full size, comes from where it was asked, and in this round")
    func answers() throws {
        var world = World()
        world.prober.use([candidates[0], candidates[1]], now: world.now)
        world.prober.begin(openers: nil, now: world.now)
        let first = try #require(world.run(for: .milliseconds(10)).first?.challenge)
        world.now += .milliseconds(20)
        let now = world.now

        #expect(world.prober.answered(first.1, from: first.0, bytes: 1_199, now: now) == nil)
        #expect(world.prober.answered(first.1, from: stranger, bytes: 1_200, now: now) == nil)
        #expect(world.prober.answered(first.1, from: addresses[1], bytes: 1_200, now: now) == nil)
        #expect(world.prober.answered(first.1 + 1, from: first.0, bytes: 1_200, now: now) == nil)
        var late = world.prober
        late.begin(openers: nil, now: now)
        #expect(late.answered(first.1, from: first.0, bytes: 1_200, now: now) == nil)
        let answer = world.prober.answered(first.1, from: first.0, bytes: 1_200, now: now)
        #expect(answer?.address == first.0)
        #expect(answer?.roundTrip == .milliseconds(30))
        let rest = world.run(for: .seconds(9))
        #expect(rest.allSatisfy { $0.address == addresses[1] })
    }

    @Test("a challenge is answered where it came from, and challenged back within three times")
    func observed() {
        var world = World()

        world.prober.received(from: stranger, bytes: 1_200, challenge: 77, now: world.now)
        world.prober.begin(openers: nil, now: world.now)
        let sent = world.run(for: .seconds(9))

        guard case .probe(stranger, .some, 77, size: 1_200)? = sent.first?.output else {
            Issue.record("\(sent)")
            return
        }
        #expect(sent.count == 3)
        world.prober.received(from: stranger, bytes: 60, challenge: 78, now: world.now)
        guard case .probe(stranger, nil, 78, size: 180)? = world.poll().first?.output else {
            Issue.record("a small challenge gets a small answer")
            return
        }
    }

    @Test("strangers push out each other, and neither candidates nor one that answered")
    func floods() throws {
        var world = World()
        world.prober.use(candidates, now: world.now)
        let friend = SocketAddress.simulated(host: 1)
        world.prober.received(from: friend, bytes: 1_200, challenge: 1, now: world.now)
        let challenge = try #require(world.poll().first?.challenge)
        #expect(
            world.prober.answered(challenge.1, from: friend, bytes: 1_200, now: world.now) != nil)

        for host in UInt16(100)..<1_100 {
            world.prober.received(
                from: .simulated(host: host), bytes: 1_200, challenge: 1, now: world.now)
        }

        let known = world.prober.targets.map(\.address)
        #expect(known.count == candidates.count + PathProber.observedLimit)
        #expect(Set(known).isSuperset(of: addresses + [friend]))
    }

    @Test("openers go first to strange addresses, and full datagrams wait for them")
    func openers() {
        var world = World()
        let near = Candidate(.host, SocketAddress(IPAddress(ipv4: 0xc0a8_0105), port: 9))
        let link = LinkAddress(.relay, number: 1).socketAddress
        world.prober.use([candidates[0], candidates[1], near], now: world.now)
        world.prober.add(given: link, now: world.now)
        world.prober.received(from: addresses[1], bytes: 1_200, challenge: nil, now: world.now)

        world.prober.begin(openers: Openers(wait: .milliseconds(80)), now: world.now)
        let sent = world.run(for: .milliseconds(300))

        let opened = sent.filter { $0.challenge == nil }
        #expect(
            opened.map(\.output)
                == [.opener(addresses[0], hopLimit: 2), .opener(addresses[0], hopLimit: 3)])
        let first = sent.first { $0.challenge?.0 == addresses[0] }
        #expect((first?.time ?? .zero) >= .milliseconds(80))
        for other in [addresses[1], near.address, link] {
            let time = sent.first { $0.challenge?.0 == other }?.time
            #expect((time ?? .seconds(9)) < .milliseconds(180))
        }
    }

    @Test("neither a round nor a life has more probes than it may")
    func budgets() {
        var world = World {
            $0.probesPerRound = 10
            $0.probesInAll = 25
        }
        world.prober.use(candidates, now: world.now)

        var counts: [Int] = []
        for _ in 0..<4 {
            world.prober.begin(openers: nil, now: world.now)
            counts.append(world.run(for: .seconds(6)).count)
        }

        #expect(counts == [10, 10, 5, 0])
        #expect(world.prober.deadline == .distantFuture)
    }

    @Test("addresses with a path are left alone, and a direct path in use ends the search")
    func covered() {
        var world = World()
        world.prober.use(candidates, now: world.now)
        world.covered = [addresses[0]]
        world.prober.hasDirectPath = true

        world.prober.begin(openers: nil, now: world.now)
        let sent = world.run(for: .seconds(100))

        #expect(sent.count { $0.address == addresses[0] } == 0)
        for address in addresses[1...] { #expect(sent.count { $0.address == address } == 3) }
    }

    @Test("candidates that are not named any more are forgotten, given addresses are not")
    func replaced() {
        var world = World()
        world.prober.add(given: addresses[0], now: world.now)
        world.prober.use(candidates, now: world.now)

        world.prober.use([candidates[3]], now: world.now)
        #expect(world.prober.targets.map(\.address) == [addresses[0], addresses[3]])
        #expect(world.prober.targets.map(\.source) == [.given, .candidate(.reflexive)])
        world.prober.remove(given: addresses[0])

        #expect(world.prober.targets.map(\.address) == [addresses[3]])
    }
}
