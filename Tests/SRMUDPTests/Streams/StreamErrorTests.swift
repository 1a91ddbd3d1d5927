import TestSupport
import Testing

@testable import SRMUDP

@Suite("Mistakes of the peer") struct StreamErrorTests {
    let now = Instant(nanoseconds: 0)

    func makeSet() -> StreamSet {
        var limits = StreamLimits()
        limits.maximumConnectionWindow = limits.initialConnectionWindow
        return StreamSet(parity: .odd, pool: BlockPool(), limits: limits)
    }

    @Test("each mistake has its error")
    func table() throws {
        let window: UInt64 = 256 * 1024
        try expect(.flowControl, [stream(0, at: window, [1])])
        try expect(
            .flowControl, [ResetStreamFrame(id: StreamID(0), code: 0, finalSize: window + 1)])
        try expect(.flowControl, [0, 2, 4, 6, 8].map { stream($0, at: window - 1, [1]) })
        try expect(.finalSize, [stream(0, at: 0, [1, 2], fin: true), stream(0, at: 2, [3])])
        try expect(
            .finalSize, [stream(0, at: 0, [1, 2], fin: true), stream(0, at: 0, [1], fin: true)])
        try expect(.finalSize, [stream(0, at: 5, [1]), stream(0, at: 0, [1], fin: true)])
        try expect(.finalSize, [stream(0, at: 5, [1]), reset(0, size: 5)])
        try expect(.finalSize, [stream(0, at: 0, [1], fin: true), reset(0, size: 2)])
        try expect(.finalSize, [reset(0, size: 2), reset(0, size: 3)])
        try expect(.streamLimit, [stream(16_384 * 2, at: 0, [1])])
        try expect(.streamState, [stream(1, at: 0, [1])])
        try expect(.streamState, [StopSendingFrame(id: StreamID(1), code: 0)])
        try expect(.streamState, [MaxStreamDataFrame(id: StreamID(3), limit: 5)])
        try expect(.changedData, [stream(0, at: 0, [1, 2, 3]), stream(0, at: 1, [2, 4])])
        try expect(.changedData, [stream(0, at: 20, pattern(20)), stream(0, at: 0, pattern(40))])
    }

    @Test("repetitions and late frames are no mistakes")
    func harmless() throws {
        try expect(nil, [stream(0, at: 0, [1, 2, 3]), stream(0, at: 1, [2, 3])])
        try expect(nil, [stream(0, at: 20, pattern(20, from: 20)), stream(0, at: 0, pattern(60))])
        try expect(nil, [stream(0, at: 0, [1], fin: true), stream(0, at: 0, [1], fin: true)])
        try expect(nil, [stream(0, at: 0, [1], fin: true), reset(0, size: 1), reset(0, size: 1)])
        try expect(nil, [stream(0, at: 9, []), stream(0, at: 4, [], fin: false)])
    }

    @Test("a frame that ends beyond offset 2^62-1 is refused")
    func hugeOffset() {
        var writer = ByteWriter(capacity: 32)
        writer.writeVarint(0)
        writer.writeVarint((1 << 62) - 1)
        writer.write([0xff] as [UInt8])
        let bytes = writer.array()

        #expect(throws: WireError.invalidValue) {
            var reader = ByteReader(bytes.span.bytes)
            _ = try StreamFrame.decode(type: 0x0c, from: &reader)
        }
    }

    @Test("every cut of every frame is refused or understood, and never stops us")
    func cuts() {
        var writer = ByteWriter(capacity: 256)
        StreamFrame(id: StreamID(70_000), offset: 9_999, length: 3, hasFin: true)
            .encodeHeader(hasLength: true, into: &writer)
        writer.write([1, 2, 3] as [UInt8])
        ResetStreamFrame(id: StreamID(6), code: 77, finalSize: 20_000).encode(into: &writer)
        StopSendingFrame(id: StreamID(6), code: 77).encode(into: &writer)
        MaxStreamDataFrame(id: StreamID(6), limit: 1 << 40).encode(into: &writer)
        let bytes = writer.array()

        for count in 0..<bytes.count {
            for position in 0..<count {
                var changed = Array(bytes[..<count])
                changed[position] ^= 0xc1
                var set = StreamSet(parity: .odd, pool: BlockPool())
                try? set.receivePacket(changed, now: now)
            }
        }
    }

    private func expect(_ error: StreamError?, _ frames: [Any]) throws {
        var set = makeSet()
        var thrown: StreamError?
        for frame in frames {
            do throws(StreamError) {
                switch frame {
                case let frame as (StreamFrame, [UInt8]):
                    try set.receive(frame.0, frame.1.span.bytes, now: now)
                case let frame as ResetStreamFrame: try set.receive(frame, now: now)
                case let frame as StopSendingFrame: try set.receive(frame)
                case let frame as MaxStreamDataFrame: try set.receive(frame)
                default: Issue.record("unknown frame")
                }
            } catch {
                thrown = error
            }
        }
        #expect(thrown == error, "\(frames)")
    }

    private func stream(
        _ id: UInt64, at offset: UInt64, _ bytes: [UInt8], fin: Bool = false
    ) -> (StreamFrame, [UInt8]) {
        let id = StreamID(id)
        return (StreamFrame(id: id, offset: offset, length: bytes.count, hasFin: fin), bytes)
    }

    private func reset(_ id: UInt64, size: UInt64) -> ResetStreamFrame {
        ResetStreamFrame(id: StreamID(id), code: 0, finalSize: size)
    }
}
