import Testing

@testable import SRMUDP

@Suite("Frames of streams") struct StreamFramesTests {
    @Test("STREAM frames have exactly these bytes")
    func layout() {
        var writer = ByteWriter(capacity: 64)

        StreamFrame(id: StreamID(4), offset: 0, length: 2, hasFin: false)
            .encodeHeader(hasLength: true, into: &writer)
        StreamFrame(id: StreamID(64), offset: 300, length: 2, hasFin: true)
            .encodeHeader(hasLength: false, into: &writer)
        ResetStreamFrame(id: StreamID(1), code: 7, finalSize: 70).encode(into: &writer)
        StopSendingFrame(id: StreamID(1), code: 7).encode(into: &writer)
        MaxStreamDataFrame(id: StreamID(1), limit: 16_384).encode(into: &writer)

        let bytes = writer.array()
        let expected: [UInt8] = [
            0x0a, 4, 2,
            0x0d, 0x40, 64, 0x41, 0x2c,
            0x04, 1, 7, 0x40, 70,
            0x05, 1, 7,
            0x11, 1, 0x80, 0, 0x40, 0,
        ]
        #expect(bytes == expected)
    }

    @Test(
        "a frame fills its space exactly or says how long it is",
        arguments: [0, 1, 5, 62, 63, 64, 100, 1_000, 20_000], [3, 4, 5, 66, 67, 68, 69, 1_200])
    func fit(available: Int, space: Int) throws {
        let id = StreamID(2)
        guard
            let (count, hasLength) = StreamFrame.fit(
                available: available, id: id, offset: 70, space: space)
        else {
            #expect(space < 5)
            return
        }

        var writer = ByteWriter(capacity: 2_000)
        StreamFrame(id: id, offset: 70, length: count, hasFin: false)
            .encodeHeader(hasLength: hasLength, into: &writer)
        let total = writer.position + count

        #expect(count <= available && total <= space)
        if !hasLength { #expect(total == space) }
        if count < available { #expect(total >= space - 3) }
    }

    @Test("what is in flight is described in a few bytes")
    func recordSize() {
        #expect(MemoryLayout<SentFrame>.stride <= 40)
    }
}
