import SRMUDP
import Testing

@testable import Forwarding

@Suite struct DatagramFramingTests {
    @Test("a frame names its stream", arguments: [0, 63, 64, 16_384, 1 << 40] as [UInt64])
    func frame(number: UInt64) throws {
        let payload: [UInt8] = [1, 2, 3]

        let frame = DatagramFraming.frame(StreamID(number), payload[1...])
        let parsed = try #require(DatagramFraming.parse(frame))

        #expect(parsed.stream == StreamID(number))
        #expect(Array(parsed.payload) == [2, 3])
    }

    @Test("a frame may be empty, but not without the stream's number")
    func shortFrames() throws {
        let parsed = try #require(DatagramFraming.parse([5]))

        #expect(parsed.payload.isEmpty)
        #expect(DatagramFraming.parse([]) == nil)
        #expect(DatagramFraming.parse([0x40]) == nil)
    }

    @Test("records are cut out of the stream whatever the pieces", arguments: [1, 2, 3, 7, 1000])
    func records(piece: Int) throws {
        let datagrams: [[UInt8]] = [[1], [], [UInt8](repeating: 7, count: 500), [2, 3]]
        let bytes = datagrams.flatMap { DatagramFraming.record($0[...]) }
        var reader = DatagramRecordReader()
        var found: [[UInt8]] = []

        for start in stride(from: 0, to: bytes.count, by: piece) {
            reader.append(Array(bytes[start..<min(start + piece, bytes.count)]))
            while let datagram = try reader.next() { found.append(Array(datagram)) }
        }

        #expect(found == datagrams)
        #expect(!reader.isAmidRecord)
    }

    @Test("the longest datagram passes, a longer one does not")
    func longest() throws {
        let longest = [UInt8](repeating: 1, count: DatagramFraming.payloadLimit)
        var reader = DatagramRecordReader()
        reader.append(DatagramFraming.record(longest[...]))
        var strict = DatagramRecordReader()
        strict.append([0xff, 0xe4])

        #expect(try reader.next()?.count == longest.count)
        #expect(throws: DatagramRecordReader.Failure.tooLong(65_508)) { try strict.next() }
    }
}
