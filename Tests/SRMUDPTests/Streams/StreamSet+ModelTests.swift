import TestSupport
import Testing

@testable import SRMUDP

/// Random traffic over a bad network between two sets of streams.
///
/// Whatever is lost, doubled or overtaken: every byte arrives once, in order and unchanged, nobody
/// holds more than the windows allow, and in the end no memory is held.
@Suite("Streams under random traffic") struct StreamModelTests {
    @Test("every byte arrives once and in order", arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func randomTraffic(seed: UInt64) throws {
        print("seed \(seed)")
        let model = StreamModel(seed: seed)

        for _ in 0..<6_000 { try model.step() }
        try model.drain()

        model.checkEnd()
    }
}

/// One run: the network between the sides and what the applications did.
private final class StreamModel {
    private struct Flight {
        var packet: StreamPair.Packet
        var fromEven: Bool
    }

    /// What one side wrote to a stream, and how it ended.
    private struct Half {
        var written = 0
        var isFinished = false
        var isReset = false
        /// What the other side has read of it.
        var read = 0
        var isStopped = false
    }

    private struct Key: Hashable {
        var id: StreamID
        var isEven: Bool
    }

    private let random: SeededRandomSource
    private let pair: StreamPair
    private let limits: StreamLimits
    private var flights: [Flight] = []
    private var halves: [Key: Half] = [:]
    private var live: [StreamID] = []
    private var lossPercent: UInt64 = 20

    init(seed: UInt64) {
        random = SeededRandomSource(seed: seed)
        var limits = StreamLimits()
        limits.initialStreamWindow = 8_000
        limits.maximumStreamWindow = 64_000
        limits.initialConnectionWindow = 30_000
        limits.maximumConnectionWindow = 200_000
        limits.maximumPeerStreams = 12
        limits.initialBacklog = 20_000
        self.limits = limits
        pair = StreamPair(even: limits, odd: limits)
    }

    func step() throws {
        pair.now += .microseconds(Int64(random.next(below: 2_000)))
        pair.packetSize = Int(200 + random.next(below: 1_300))
        let isEven = random.next(below: 2) == 0
        switch random.next(below: 12) {
        case 0: open(isEven)
        case 1, 2: write(isEven)
        case 3, 4: read(isEven)
        case 5: if random.next(below: 4) == 0 { end(isEven) }
        case 6, 7, 8: send(isEven)
        default: try arrive()
        }
        handleEvents()
        #expect(pair.even.heldCount <= limits.maximumConnectionWindow)
        #expect(pair.odd.heldCount <= limits.maximumConnectionWindow)
    }

    /// The network becomes good and the applications end everything.
    func drain() throws {
        lossPercent = 0
        for round in 0..<400 {
            while !flights.isEmpty { try arrive() }
            for id in live {
                for isEven in [true, false] {
                    if round == 0 { finish(id, isEven) }
                    drainRead(id, isEven)
                }
            }
            handleEvents()
            for _ in 0..<50 {
                send(true)
                send(false)
            }
        }
    }

    func checkEnd() {
        #expect(live.isEmpty)
        #expect(pair.even.count == 0 && pair.odd.count == 0)
        #expect(pair.pool.countInUse == 0)
        #expect(pair.even.heldCount == 0 && pair.even.backlogCount == 0)
        #expect(pair.odd.heldCount == 0 && pair.odd.backlogCount == 0)
        for (key, half) in halves where !half.isReset && !half.isStopped {
            #expect(half.read == half.written, "\(key)")
        }
        #expect(halves.count > 40)
    }

    private func host(_ isEven: Bool) -> StreamHost { isEven ? pair.even : pair.odd }

    private func pick() -> StreamID? {
        live.isEmpty ? nil : live[Int(random.next(below: UInt64(live.count)))]
    }

    private func open(_ isEven: Bool) {
        guard let id = host(isEven).open() else { return }
        live.append(id)
        halves[Key(id: id, isEven: true)] = Half()
        halves[Key(id: id, isEven: false)] = Half()
    }

    /// The far side may use a stream only after it has heard of it.
    private func mayUse(_ id: StreamID, _ isEven: Bool) -> Bool {
        host(isEven).streams.slot(of: id) != nil
    }

    private func write(_ isEven: Bool) {
        guard let id = pick(), mayUse(id, isEven) else { return }
        let key = Key(id: id, isEven: isEven)
        guard let half = halves[key], !half.isFinished, !half.isReset else { return }
        let count = Int(random.next(below: 1 << random.next(below: 15)))
        let bytes = pattern(count, from: half.written &+ Int(id.value) &* 77)
        halves[key]?.written += host(isEven).write(id, bytes)
    }

    private func read(_ isEven: Bool) {
        guard let id = pick() else { return }
        take(id, isEven, upTo: Int(random.next(below: 30_000)))
    }

    private func drainRead(_ id: StreamID, _ isEven: Bool) { take(id, isEven, upTo: .max) }

    private func take(_ id: StreamID, _ isEven: Bool, upTo limit: Int) {
        let key = Key(id: id, isEven: !isEven)
        guard let half = halves[key] else { return }
        #expect(host(isEven).readable(id) <= limits.maximumStreamWindow)
        let bytes = host(isEven).read(id, upTo: limit, now: pair.now)
        #expect(bytes == pattern(bytes.count, from: half.read &+ Int(id.value) &* 77))
        halves[key]?.read += bytes.count
    }

    private func end(_ isEven: Bool) {
        guard let id = pick(), mayUse(id, isEven) else { return }
        switch random.next(below: 6) {
        case 0:
            halves[Key(id: id, isEven: isEven)]?.isReset = true
            host(isEven).reset(id, code: 1)
        case 1:
            halves[Key(id: id, isEven: !isEven)]?.isStopped = true
            host(isEven).stopReading(id, code: 2, now: pair.now)
        default: finish(id, isEven)
        }
    }

    private func finish(_ id: StreamID, _ isEven: Bool) {
        guard mayUse(id, isEven) else { return }
        halves[Key(id: id, isEven: isEven)]?.isFinished = true
        host(isEven).finish(id)
    }

    private func send(_ isEven: Bool) {
        guard let packet = pair.packet(from: host(isEven)) else { return }
        flights.append(Flight(packet: packet, fromEven: isEven))
    }

    /// One of the packets on the way, not always the oldest, arrives, is lost or arrives twice.
    private func arrive() throws {
        if flights.isEmpty { return }
        let window = UInt64(min(flights.count, 8))
        let flight = flights.remove(at: Int(random.next(below: window)))
        let sender = host(flight.fromEven)
        let isLost = random.next(below: 100) < lossPercent
        if !isLost { try pair.deliver(flight.packet, to: host(!flight.fromEven)) }
        if random.next(below: 10) == 0 {
            // Deemed lost although it arrived, and found out later.
            pair.lose(flight.packet, at: sender)
            if !isLost, random.next(below: 2) == 0 { pair.acknowledge(flight.packet, at: sender) }
        } else if isLost {
            pair.lose(flight.packet, at: sender)
        } else {
            pair.acknowledge(flight.packet, at: sender)
        }
    }

    private func handleEvents() {
        for isEven in [true, false] {
            for event in host(isEven).events() {
                switch event {
                case .opened(let id) where lossPercent == 0: finish(id, isEven)
                case .stopped(let id, _): halves[Key(id: id, isEven: isEven)]?.isReset = true
                case .opened, .readable, .writable, .reset, .finished: break
                case .closed(let id):
                    if !mayUse(id, !isEven) { live.removeAll { $0 == id } }
                }
            }
        }
    }
}
