import TestSupport
import Testing

@testable import SRMUDP

@Suite("StreamSet") struct StreamSetTests {
    @Test("bytes and the end arrive, both halves close, no memory is left")
    func wholeLife() throws {
        let pair = StreamPair()
        let id = try #require(pair.even.open())
        let bytes = pattern(100_000)

        #expect(pair.even.write(id, bytes) == bytes.count)
        pair.even.finish(id)
        try pair.settle()
        #expect(pair.odd.events() == [.opened(id), .readable(id)])
        #expect(pair.odd.read(id, now: pair.now) == bytes)
        #expect(pair.odd.isReadFinished(id))
        pair.odd.finish(id)
        try pair.settle()

        #expect(pair.even.events() == [.finished(id), .readable(id), .closed(id)])
        #expect(pair.odd.events() == [.finished(id), .closed(id)])
        #expect(pair.even.count == 0 && pair.odd.count == 0)
        #expect(pair.pool.countInUse == 0)
    }

    @Test("a lost FIN is sent again")
    func lostFin() throws {
        let pair = StreamPair()
        let id = try #require(pair.even.open())
        pair.even.finish(id)
        let packet = try #require(pair.packet(from: pair.even))

        #expect(pair.packet(from: pair.even) == nil)
        pair.lose(packet, at: pair.even)
        try pair.settle()

        #expect(pair.odd.isReadFinished(id))
        #expect(pair.even.events() == [.finished(id)])
    }

    @Test("lost bytes are sent again before new ones")
    func lostFirst() throws {
        let pair = StreamPair()
        let id = try #require(pair.even.open())
        _ = pair.even.write(id, pattern(5_000))
        let first = try #require(pair.packet(from: pair.even))
        let second = try #require(pair.packet(from: pair.even))

        pair.lose(first, at: pair.even)
        let again = try #require(pair.packet(from: pair.even))

        guard case .stream(_, _, let offset, _, _) = again.frames.first else {
            Issue.record("no STREAM frame")
            return
        }
        #expect(offset == 0)
        try pair.deliver(second, to: pair.odd)
        #expect(pair.odd.readable(id) == 0)
        try pair.deliver(again, to: pair.odd)
        try pair.settle()
        #expect(pair.odd.read(id, now: pair.now) == pattern(5_000))
    }

    @Test("bytes acknowledged late are not sent again")
    func spuriousLoss() throws {
        let pair = StreamPair()
        let id = try #require(pair.even.open())
        _ = pair.even.write(id, pattern(500))
        let packet = try #require(pair.packet(from: pair.even))

        pair.lose(packet, at: pair.even)
        pair.acknowledge(packet, at: pair.even)

        #expect(pair.packet(from: pair.even) == nil)
        #expect(pair.pool.countInUse == 0)
    }

    @Test("a reader that stands still stops its sender at the window")
    func stalledReader() throws {
        let pair = StreamPair()
        let id = try #require(pair.even.open())
        var written = 0

        for _ in 0..<100 {
            written += pair.even.write(id, pattern(16_384))
            try pair.settle()
        }

        #expect(pair.odd.readable(id) == 256 * 1024)
        #expect(written == 2 * 256 * 1024)
        #expect(pair.even.writable(id) == 0)
        _ = pair.odd.read(id, now: pair.now)
        try pair.settle()
        #expect(pair.even.events().contains(.writable(id)))
        #expect(pair.odd.readable(id) == 256 * 1024)
    }

    @Test("two hundred stalled readers do not stop another stream")
    func stalledReaders() throws {
        let pair = StreamPair()
        pair.packetSize = 9_000
        let chunk = pattern(128 * 1024)
        for _ in 0..<200 {
            let id = try #require(pair.even.open())
            #expect(pair.even.write(id, chunk) == chunk.count)
            try pair.settle()
            #expect(pair.even.write(id, chunk) == chunk.count)
            try pair.settle()
            #expect(pair.odd.readable(id) == 256 * 1024)
        }
        #expect(pair.odd.heldCount == 200 * 256 * 1024)

        let id = try #require(pair.even.open())
        var received = 0
        for _ in 0..<500 {
            _ = pair.even.write(id, chunk)
            try pair.settle()
            received += pair.odd.read(id, now: pair.now).count
            pair.now += .milliseconds(1)
        }

        #expect(received >= 500 * chunk.count)
        #expect(pair.odd.heldCount <= 64 * 1024 * 1024)
    }

    @Test("received bytes that nobody reads never exceed the bound")
    func memoryBound() throws {
        var limits = StreamLimits()
        limits.maximumConnectionWindow = 2 * 1024 * 1024
        let pair = StreamPair(odd: limits)
        pair.packetSize = 9_000
        let chunk = pattern(128 * 1024)
        var ids: [StreamID] = []
        var written = 0
        for _ in 0..<20 {
            let id = try #require(pair.even.open())
            ids.append(id)
            for _ in 0..<4 {
                written += pair.even.write(id, chunk)
                try pair.settle()
            }
        }

        #expect(written > 7_000_000)
        #expect(pair.odd.heldCount <= 2 * 1024 * 1024)
        #expect(pair.odd.heldCount >= 2 * 1024 * 1024 - 16_384)

        var total = 0
        for _ in 0..<200 {
            for id in ids { total += pair.odd.read(id, now: pair.now).count }
            try pair.settle()
        }
        #expect(total == written)
    }

    @Test("a reset discards what was not read and is told once")
    func reset() throws {
        let pair = StreamPair()
        let id = try #require(pair.even.open())
        _ = pair.even.write(id, pattern(50_000))
        let first = try #require(pair.packet(from: pair.even))
        try pair.deliver(first, to: pair.odd)
        _ = pair.odd.events()

        pair.even.reset(id, code: 9)
        let packet = try #require(pair.packet(from: pair.even))
        try pair.deliver(packet, to: pair.odd)
        try pair.deliver(packet, to: pair.odd)

        #expect(pair.odd.events() == [.reset(id, code: 9)])
        #expect(pair.odd.readable(id) == 0)
        #expect(pair.odd.heldCount == 0)
        #expect(pair.even.backlogCount == 0)
        #expect(pair.pool.countInUse == 0)
        pair.lose(packet, at: pair.even)
        try pair.settle()
        pair.odd.reset(id, code: 0)
        try pair.settle()
        #expect(pair.even.count == 0 && pair.odd.count == 0)
    }

    @Test("a reader that stops makes the sender reset; late bytes are thrown away")
    func stopReading() throws {
        let pair = StreamPair()
        let id = try #require(pair.even.open())
        _ = pair.even.write(id, pattern(3_000))
        let first = try #require(pair.packet(from: pair.even))
        let second = try #require(pair.packet(from: pair.even))
        try pair.deliver(first, to: pair.odd)

        pair.odd.stopReading(id, code: 3, now: pair.now)
        try pair.deliver(second, to: pair.odd)
        #expect(pair.odd.readable(id) == 0 && pair.odd.heldCount == 0)
        try pair.settle()

        #expect(pair.even.events() == [.stopped(id, code: 3)])
        #expect(pair.even.write(id, [1]) == 0)
        pair.odd.finish(id)
        try pair.settle()
        #expect(pair.odd.events().last == .closed(id))
        #expect(pair.even.events() == [.readable(id), .closed(id)])
        #expect(pair.pool.countInUse == 0)
    }

    @Test("no more streams are opened than the peer allows, until some close")
    func streamLimit() throws {
        var limits = StreamLimits()
        limits.maximumPeerStreams = 4
        let pair = StreamPair(odd: limits)
        let ids = (0..<4).compactMap { _ in pair.even.open() }
        #expect(ids.count == 4)
        #expect(pair.even.open() == nil)

        pair.even.reset(ids[0], code: 0)
        try pair.settle()
        #expect(pair.even.open() == nil)
        pair.odd.reset(ids[0], code: 0)
        try pair.settle()

        #expect(pair.even.open() == StreamID(8))
    }

    @Test("ten thousand streams open, talk, close and leave nothing behind")
    func manyStreams() throws {
        let pair = StreamPair()
        for _ in 0..<2 {
            var ids: [StreamID] = []
            for _ in 0..<10_000 {
                let id = try #require(pair.even.open())
                #expect(pair.even.write(id, [1, 2, 3]) == 3)
                ids.append(id)
            }
            try pair.settle()
            #expect(pair.odd.count == 10_000)
            for id in ids {
                #expect(pair.odd.read(id, now: pair.now) == [1, 2, 3])
                pair.odd.finish(id)
                pair.even.finish(id)
            }
            try pair.settle()
            #expect(pair.even.count == 0 && pair.odd.count == 0)
            #expect(pair.pool.countInUse == 0)
            #expect(pair.even.slotCount == 10_000 && pair.odd.slotCount == 10_000)
            _ = pair.even.events()
            _ = pair.odd.events()
        }
    }

    @Test("streams that become known out of order are opened once each")
    func openedOutOfOrder() throws {
        let pair = StreamPair()
        let packets = try (0..<3).map { _ in
            let id = try #require(pair.even.open())
            _ = pair.even.write(id, [7])
            return try #require(pair.packet(from: pair.even))
        }

        for index in [2, 0, 1, 0, 2] { try pair.deliver(packets[index], to: pair.odd) }

        let opened = pair.odd.events().filter { if case .opened = $0 { true } else { false } }
        #expect(opened == [4, 0, 2].map { .opened(StreamID($0)) })
    }

    @Test("an end of a stream needs no credit, and arrives when there is none")
    func finWithoutCredit() throws {
        var limits = StreamLimits()
        limits.initialConnectionWindow = 10_000
        limits.maximumConnectionWindow = 10_000
        let pair = StreamPair(odd: limits)
        let stalled = try #require(pair.even.open())
        let other = try #require(pair.even.open())
        _ = pair.even.write(stalled, pattern(50_000))
        try pair.settle()
        #expect(pair.odd.readable(stalled) >= 10_000 - 625)

        pair.even.finish(other)
        try pair.settle()

        #expect(pair.odd.isReadFinished(other))
    }

    @Test("lost credit is granted again")
    func lostCredit() throws {
        let pair = StreamPair()
        let id = try #require(pair.even.open())
        _ = pair.even.write(id, pattern(256 * 1024))
        try pair.settle()
        _ = pair.even.write(id, pattern(256 * 1024))
        _ = pair.odd.read(id, now: pair.now)

        let credit = try #require(pair.packet(from: pair.odd))
        #expect(pair.packet(from: pair.even) == nil)
        #expect(pair.packet(from: pair.odd) == nil)
        pair.lose(credit, at: pair.odd)
        try pair.settle()

        #expect(pair.odd.readable(id) == 256 * 1024)
    }

    @Test("frames of a former stream in the slot do not touch the new one")
    func reusedSlot() throws {
        let pair = StreamPair()
        let old = try #require(pair.even.open())
        _ = pair.even.write(old, pattern(100))
        let stale = try #require(pair.packet(from: pair.even))
        try pair.deliver(stale, to: pair.odd)
        pair.even.reset(old, code: 0)
        pair.odd.reset(old, code: 0)
        try pair.settle()
        #expect(pair.even.count == 0)

        let new = try #require(pair.even.open())
        _ = pair.even.write(new, pattern(50))
        _ = pair.packet(from: pair.even)
        pair.acknowledge(stale, at: pair.even)
        pair.lose(stale, at: pair.even)

        #expect(pair.packet(from: pair.even) == nil)
        #expect(pair.pool.countInUse == 1)
        try pair.deliver(stale, to: pair.odd)
        #expect(pair.odd.count == 0)
    }
}
