import TestSupport
import Testing

@testable import SRMUDP

@Suite("StreamSet as a sender") struct StreamSetSendingTests {
    @Test("a keystroke leaves in the next packet, however much bulk waits")
    func keystroke() throws {
        let pair = StreamPair()
        let bulk = try (0..<50).map { _ in try #require(pair.even.open()) }
        let shell = try #require(pair.even.open())
        for id in bulk { _ = pair.even.write(id, pattern(100_000)) }
        for _ in 0..<800 { _ = pair.packet(from: pair.even) }

        for _ in 0..<20 {
            #expect(pair.even.write(shell, [13]) == 1)
            let packet = try #require(pair.packet(from: pair.even))
            guard case .stream(_, let id, _, 1, false) = packet.frames.first else {
                Issue.record("the keystroke is not the first frame")
                return
            }
            #expect(id == shell)
            pair.now += .milliseconds(30)
        }
    }

    @Test("two hundred bulk streams advance together")
    func fairness() throws {
        var limits = StreamLimits()
        limits.maximumTotalBacklog = 256 * 1024 * 1024
        let pair = StreamPair(even: limits)
        let chunk = pattern(200_000)
        let ids = (0..<200).compactMap { _ in pair.even.open() }
        for id in ids { #expect(pair.even.write(id, chunk) == chunk.count) }

        // In the first round new streams come first; then all are equal.
        try transfer(5_000_000, over: pair)
        let before = ids.map { pair.odd.readable($0) }
        try transfer(3 * 16_384 * 200, over: pair)
        let gains = zip(ids, before).map { pair.odd.readable($0) - $1 }

        let least = gains.min() ?? 0
        let most = gains.max() ?? 0
        #expect(least >= 2 * 16_384 && most <= 4 * 16_384 + 1_200, "\(least)...\(most)")
    }

    /// Sends so many bytes from the even to the odd side, where nobody reads them.
    private func transfer(_ count: Int, over pair: StreamPair) throws {
        let goal = pair.odd.heldCount + count
        while pair.odd.heldCount < goal {
            let packet = try #require(pair.packet(from: pair.even))
            try pair.deliver(packet, to: pair.odd)
            pair.acknowledge(packet, at: pair.even)
            while let answer = pair.packet(from: pair.odd) {
                try pair.deliver(answer, to: pair.even)
                pair.acknowledge(answer, at: pair.odd)
            }
        }
    }

    @Test("a stream that runs dry while its writer waits may be filled further ahead")
    func backlogGrows() throws {
        let pair = StreamPair()
        let id = try #require(pair.even.open())
        #expect(pair.even.writable(id) == 256 * 1024)

        pair.packetSize = 60_000
        let bytes = pattern(4_500_000)
        var rooms: [Int] = []
        for _ in 0..<6 {
            _ = pair.even.write(id, bytes)
            for _ in 0..<30 {
                try pair.settle()
                _ = pair.odd.read(id, now: pair.now)
            }
            #expect(pair.even.events().contains(.writable(id)))
            rooms.append(pair.even.writable(id))
        }

        #expect(rooms == [512, 1024, 2048, 4096, 4096, 4096].map { $0 * 1024 })
    }

    @Test("with very much waiting, each stream accepts less ahead, but never nothing")
    func sharedBacklog() throws {
        var limits = StreamLimits()
        limits.maximumTotalBacklog = 1_000_000
        let pair = StreamPair(even: limits)
        let bytes = pattern(256 * 1024)

        var accepted: [Int] = []
        for _ in 0..<100 {
            let id = try #require(pair.even.open())
            accepted.append(pair.even.write(id, bytes))
        }

        #expect(accepted[0] == 250_000)
        #expect(accepted[99] == 16_384)
        #expect(pair.even.backlogCount < 3_000_000)
        try pair.settle()
        #expect(pair.even.events().count { if case .writable = $0 { true } else { false } } == 100)
    }

    @Test("keystrokes go on when stalled readers have used up all credit")
    func reserve() throws {
        var limits = StreamLimits()
        limits.maximumConnectionWindow = 1024 * 1024
        let pair = StreamPair(odd: limits)
        let shell = try #require(pair.even.open())
        for _ in 0..<8 {
            let id = try #require(pair.even.open())
            _ = pair.even.write(id, pattern(200_000))
        }
        try pair.settle()
        #expect(pair.even.backlogCount > 500_000)
        #expect(!pair.even.hasDataToSend)

        for _ in 0..<1_000 {
            #expect(pair.even.write(shell, pattern(100)) == 100)
            try pair.settle()
            #expect(pair.odd.read(shell, now: pair.now) == pattern(100))
            pair.now += .milliseconds(10)
        }

        #expect(pair.odd.heldCount <= 1024 * 1024)
    }

    @Test("many small writes share one packet")
    func coalescing() throws {
        let pair = StreamPair()
        for _ in 0..<50 {
            let id = try #require(pair.even.open())
            _ = pair.even.write(id, [1, 2, 3])
            pair.even.finish(id)
        }

        let packet = try #require(pair.packet(from: pair.even))

        #expect(packet.frames.count == 50)
        #expect(pair.packet(from: pair.even) == nil)
    }

    @Test("bytes may be written in place, and stop at the room there is")
    func inPlace() throws {
        let pair = StreamPair()
        let id = try #require(pair.even.open())
        var written = 0
        while true {
            let count = pair.even.streams.withWritableBlocks(id) { blocks in
                for offset in 0..<blocks.byteCount {
                    blocks.store(UInt8(truncatingIfNeeded: (written + offset) >> 14), at: offset)
                }
                return blocks.byteCount
            }
            guard let count else { break }
            written += count
        }

        #expect(written == 256 * 1024)
        try pair.settle()
        #expect(pair.even.events() == [.writable(id)])
        let expected = (0..<written).map { UInt8(truncatingIfNeeded: $0 >> 14) }
        #expect(pair.odd.read(id, now: pair.now) == expected)
    }

    @Test("nothing but the lists is visited: idle streams cost nothing")
    func silence() throws {
        let pair = StreamPair()
        let ids = try (0..<1_000).map { _ in try #require(pair.even.open()) }
        #expect(!pair.even.hasDataToSend)
        #expect(pair.packet(from: pair.even) == nil)

        _ = pair.even.write(ids[500], [1])
        #expect(pair.even.hasDataToSend)
        let packet = try #require(pair.packet(from: pair.even))

        #expect(packet.frames.count == 1)
        #expect(!pair.even.hasDataToSend)
    }

    @Test("a frame that ends a packet has no length and fills it exactly")
    func fullPacket() throws {
        let pair = StreamPair()
        let id = try #require(pair.even.open())
        _ = pair.even.write(id, pattern(10_000))

        let first = try #require(pair.packet(from: pair.even))
        let second = try #require(pair.packet(from: pair.even))

        #expect(first.bytes.count == 1_200 && first.bytes[0] == 0x08)
        #expect(second.bytes.count == 1_200 && second.bytes[0] == 0x0c)
    }

    @Test("a set of streams that goes away returns its blocks")
    func goingAway() throws {
        let pool = BlockPool()
        var host: StreamHost? = StreamHost(
            parity: .even, pool: pool, limits: StreamLimits(), peer: StreamLimits())
        let id = try #require(host?.open())
        _ = host?.write(id, pattern(100_000))
        #expect(pool.countInUse == 7)

        host = nil

        #expect(pool.countInUse == 0)
    }
}
