@testable import SRMUDP

/// A link that keeps what is sent over it.
final class RecordingLink: DatagramLink {
    /// What the next calls return; after that, `.sent`.
    var results: [SendResult] = []
    private(set) var datagrams: [[UInt8]] = []

    func send(
        _ storage: borrowing ByteStorage, _ range: Range<Int>, segmentSize: Int, now: Instant
    ) -> SendResult {
        for start in stride(from: range.lowerBound, to: range.upperBound, by: segmentSize) {
            datagrams.append(storage.array(start..<min(start + segmentSize, range.upperBound)))
        }
        return results.isEmpty ? .sent : results.removeFirst()
    }
}

/// A handler that keeps what it is given.
final class RecordingHandler: DatagramHandler {
    private(set) var runs: [ReceivedDatagrams] = []
    private(set) var datagrams: [[UInt8]] = []
    private(set) var finishCount = 0

    func handle(
        _ datagrams: ReceivedDatagrams, in storage: inout ByteStorage,
        carrier: any DatagramCarrier, now: Instant
    ) {
        runs.append(datagrams)
        let range = datagrams.range
        for start in stride(
            from: range.lowerBound, to: range.upperBound, by: datagrams.segmentSize)
        {
            self.datagrams.append(
                storage.array(start..<min(start + datagrams.segmentSize, range.upperBound)))
        }
    }

    func finish(_ storage: borrowing ByteStorage, carrier: any DatagramCarrier, now: Instant) {
        finishCount += 1
    }
}
