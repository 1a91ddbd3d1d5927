import SRMUDP
import Testing

@testable import Forwarding

@Suite struct ListenAnswerTests {
    @Test("what is written is read, byte by byte", arguments: [0, 1, 2, 255])
    func roundTrip(count: Int) {
        let answer = ListenAnswer(
            addresses: (0..<count).map { SocketAddress(.loopbackIPv4, port: UInt16($0)) })
        var parser = ListenAnswerParser()
        var read: [ListenAnswer?] = []

        for byte in answer.encoded { read.append(parser.receive(byte)) }

        #expect(answer.encoded.count == 1 + 18 * count)
        #expect(read.last == answer)
        #expect(read.dropLast().allSatisfy { $0 == nil })
    }
}
