import SRMUDP
import Testing

@Suite struct MTUDiscoveryTests {
    private let now = Instant(nanoseconds: 0)

    /// Probes a path that carries up to `limit`; returns how many probes were sent.
    private func search(_ discovery: inout MTUDiscovery, limit: Int, now: Instant) -> Int {
        var probes = 0
        while probes < 1_000, let size = discovery.probeSize(now: now) {
            probes += 1
            discovery.probeSent(size)
            #expect(discovery.probeSize(now: now) == nil)
            if size <= limit { discovery.probeAcked(size) } else { discovery.probeLost(size) }
        }
        return probes
    }

    @Test("on loopback the top is reached in few round trips")
    func loopback() {
        var discovery = MTUDiscovery(peerLimit: 65_000, localLimit: 65_000)

        #expect(search(&discovery, limit: 65_000, now: now) == 6)
        #expect(discovery.current == 65_000)
    }

    @Test(
        "the size found is close to what the path carries",
        arguments: [
            1_200, 1_280, 1_372, 1_420, 1_452, 1_472, 1_500, 4_000, 8_952, 30_000,
        ])
    func limits(_ limit: Int) {
        var discovery = MTUDiscovery(peerLimit: 65_000, localLimit: 65_000)

        let probes = search(&discovery, limit: limit, now: now)

        #expect(discovery.current <= limit)
        #expect(discovery.current >= limit - max(16, limit / 100) - 1)
        #expect(probes < 60)
        #expect(discovery.state == .complete(until: now + .seconds(600)))
    }

    @Test("neither end's limit is exceeded")
    func ceiling() {
        var discovery = MTUDiscovery(peerLimit: 1_460, localLimit: 9_000)

        _ = search(&discovery, limit: 65_000, now: now)

        #expect(discovery.current == 1_460)
    }

    @Test("random loss of a probe costs one more probe")
    func lostProbe() {
        var discovery = MTUDiscovery(peerLimit: 1_472, localLimit: 1_472)
        discovery.probeSent(1_452)
        discovery.probeLost(1_452)

        #expect(discovery.probeSize(now: now) == 1_452)
        #expect(search(&discovery, limit: 1_472, now: now) == 2)
        #expect(discovery.current == 1_472)
    }

    @Test("when only small packets arrive, the size falls and is searched anew below")
    func blackHole() {
        var discovery = MTUDiscovery(peerLimit: 1_472, localLimit: 1_472)
        _ = search(&discovery, limit: 1_472, now: now)
        discovery.packetAcked(1_472, packetNumber: 10)

        var hasFallen = false
        for number in UInt64(11)...16 {
            discovery.packetAcked(100, packetNumber: number + 100)
            #expect(!hasFallen)
            hasFallen = discovery.packetLost(1_472, packetNumber: number, now: now)
        }

        #expect(hasFallen)
        #expect(discovery.current == 1_200)
        _ = search(&discovery, limit: 1_400, now: now)
        #expect((1_384...1_400).contains(discovery.current))
    }

    @Test("a burst of losses that full-size packets outlive is no black hole")
    func burst() {
        var discovery = MTUDiscovery(peerLimit: 1_472, localLimit: 1_472)
        _ = search(&discovery, limit: 1_472, now: now)

        discovery.packetAcked(1_472, packetNumber: 200)
        for number in UInt64(100)..<200 {
            let hasFallen = discovery.packetLost(1_472, packetNumber: number, now: now)
            #expect(!hasFallen)
        }

        #expect(discovery.current == 1_472)
    }

    @Test("after an outage the size is soon searched again")
    func outage() {
        var discovery = MTUDiscovery(peerLimit: 65_000, localLimit: 65_000)
        _ = search(&discovery, limit: 65_000, now: now)

        let second = discovery.probeTimeoutFired(count: 2, now: now)
        let third = discovery.probeTimeoutFired(count: 3, now: now)

        #expect(!second)
        #expect(third)
        #expect(discovery.current == 1_200)
        #expect(discovery.probeSize(now: now + .seconds(1)) == nil)

        _ = search(&discovery, limit: 65_000, now: now + .seconds(5))
        #expect(discovery.current == 65_000)
    }

    @Test("another path is searched from the beginning")
    func pathChange() {
        var discovery = MTUDiscovery(peerLimit: 1_472, localLimit: 1_472)
        _ = search(&discovery, limit: 1_472, now: now)

        discovery.pathChanged()

        #expect(discovery.current == 1_200)
        #expect(discovery.probeSize(now: now) == 1_452)
    }
}
