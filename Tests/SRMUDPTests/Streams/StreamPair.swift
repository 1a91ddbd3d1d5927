import TestSupport

@testable import SRMUDP

/// A set of streams as an object, which the macros of the tests can call.
final class StreamHost {
    var streams: StreamSet
    private var collected: [StreamEvent] = []

    init(parity: StreamParity, pool: BlockPool, limits: StreamLimits, peer: StreamLimits) {
        streams = StreamSet(
            parity: parity, pool: pool, limits: limits, peer: InitialCredit(of: peer))
    }

    var count: Int { streams.count }
    var slotCount: Int { streams.slots.count }
    var heldCount: Int { streams.heldCount }
    var backlogCount: Int { streams.backlogCount }
    var hasDataToSend: Bool { streams.hasDataToSend }

    func open() -> StreamID? { streams.open() }
    func write(_ id: StreamID, _ bytes: [UInt8]) -> Int { streams.write(id, bytes.span.bytes) }
    func writable(_ id: StreamID) -> Int { streams.writable(id) }
    func readable(_ id: StreamID) -> Int { streams.readable(id) }
    func finish(_ id: StreamID) { streams.finish(id) }
    func reset(_ id: StreamID, code: UInt64) { streams.reset(id, code: code) }
    func isReadFinished(_ id: StreamID) -> Bool { streams.isReadFinished(id) }
    func stopReading(_ id: StreamID, code: UInt64, now: Instant) {
        streams.stopReading(id, code: code, now: now)
    }

    /// Reads and consumes up to `limit` of the bytes that can be read.
    func read(_ id: StreamID, upTo limit: Int = .max, now: Instant) -> [UInt8] {
        var result: [UInt8] = []
        while streams.readable(id) > 0, result.count < limit {
            let part = streams.withReadableBytes(id) { span in span.withUnsafeBytes { [UInt8]($0) }
            }
            let taken = part.prefix(limit - result.count)
            result += taken
            streams.consume(id, taken.count, now: now)
        }
        return result
    }

    /// Everything that was told since the last call.
    func events() -> [StreamEvent] {
        collectEvents()
        defer { collected = [] }
        return collected
    }

    /// Hears what there is to be told: a stream that is over is released only then.
    func collectEvents() {
        while let event = streams.pollEvent() { collected.append(event) }
    }
}

/// Two sets of streams that talk to each other through packets made of frames alone.
final class StreamPair {
    struct Packet {
        var bytes: [UInt8]
        var frames: [SentFrame]
    }

    let pool = BlockPool()
    let even: StreamHost
    let odd: StreamHost
    var now = Instant(nanoseconds: 0)
    var packetSize = 1_200
    private var record = RingBuffer<SentFrame>()
    private var writer = ByteWriter(capacity: 65_536)

    init(even: StreamLimits = StreamLimits(), odd: StreamLimits = StreamLimits()) {
        self.even = StreamHost(parity: .even, pool: pool, limits: even, peer: odd)
        self.odd = StreamHost(parity: .odd, pool: pool, limits: odd, peer: even)
    }

    /// Makes the next packet of a side; nil if it has nothing to say.
    func packet(from side: StreamHost) -> Packet? {
        writer.reset(limit: packetSize)
        record.removeFirst(upTo: record.endIndex)
        side.streams.writeFrames(into: &writer, record: &record, now: now)
        if writer.position == 0 { return nil }
        var frames: [SentFrame] = []
        for index in record.startIndex..<record.endIndex { frames.append(record[index]) }
        return Packet(bytes: writer.array(), frames: frames)
    }

    func deliver(_ packet: Packet, to side: StreamHost) throws {
        try side.streams.receivePacket(packet.bytes, now: now)
    }

    func acknowledge(_ packet: Packet, at side: StreamHost) {
        for frame in packet.frames { side.streams.frameAcked(frame) }
    }

    func lose(_ packet: Packet, at side: StreamHost) {
        for frame in packet.frames { side.streams.frameLost(frame) }
    }

    /// Exchanges packets, without loss, until both sides are silent.
    func settle() throws {
        var isActive = true
        while isActive {
            isActive = false
            even.collectEvents()
            odd.collectEvents()
            for (sender, receiver) in [(even, odd), (odd, even)] {
                while let packet = packet(from: sender) {
                    isActive = true
                    try deliver(packet, to: receiver)
                    acknowledge(packet, at: sender)
                }
            }
        }
    }
}

extension StreamSet {
    /// What the Connection does with the frames of a packet.
    mutating func receivePacket(_ bytes: [UInt8], now: Instant) throws {
        var reader = ByteReader(bytes.span.bytes)
        while !reader.isAtEnd {
            let type = try reader.readVarint()
            switch type {
            case StreamFrameType.stream...StreamFrameType.stream + 7:
                let frame = try StreamFrame.decode(type: type, from: &reader)
                try receive(frame, reader.readBytes(frame.length), now: now)
            case StreamFrameType.resetStream:
                try receive(ResetStreamFrame.decode(from: &reader), now: now)
            case StreamFrameType.stopSending:
                try receive(StopSendingFrame.decode(from: &reader))
            case StreamFrameType.maxStreamData:
                try receive(MaxStreamDataFrame.decode(from: &reader))
            case StreamFrameType.maxData: receiveMaxData(try reader.readVarint())
            case StreamFrameType.maxStreams: receiveMaxStreams(try reader.readVarint())
            default: throw WireError.unknownFrame
            }
        }
    }
}

/// Bytes that differ from place to place.
func pattern(_ count: Int, from offset: Int = 0) -> [UInt8] {
    (offset..<offset + count).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8 ^ $0 >> 16) }
}
