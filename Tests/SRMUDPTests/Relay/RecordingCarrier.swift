@testable import SRMUDP

/// A carrier that keeps what is sent, received and attached.
final class RecordingCarrier: DatagramCarrier {
    struct Sent: Equatable {
        let destination: SocketAddress
        let datagrams: [[UInt8]]
        let ecn: UInt8
    }

    /// What the next batches meet with; after that, `.sent`.
    var results: [SendResult] = []
    /// Larger datagrams are refused.
    var largestDatagram = UDPSocket.maximumBatchSize
    private(set) var sent: [Sent] = []
    private(set) var received: [(address: LinkAddress, datagram: [UInt8], ecn: UInt8)] = []
    private(set) var links: [LinkAddress: any DatagramLink] = [:]
    private(set) var callCount = 0

    func takeSent() -> [Sent] {
        defer { sent = [] }
        return sent
    }

    func send(
        _ storage: borrowing ByteStorage, _ batch: OutgoingBatch, now: Instant
    ) -> SendResult {
        callCount += 1
        return accept(storage, batch)
    }

    func sendMany(
        _ storage: borrowing ByteStorage, _ batches: borrowing [OutgoingBatch], from first: Int
    ) -> (sentCount: Int, result: SendResult) {
        callCount += 1
        for index in first..<batches.count {
            let result = accept(storage, batches[index])
            guard result == .sent else { return (index - first, result) }
        }
        return (batches.count - first, .sent)
    }

    private func accept(
        _ storage: borrowing ByteStorage, _ batch: OutgoingBatch
    ) -> SendResult {
        precondition(batch.range.count <= UDPSocket.maximumBatchSize && !batch.range.isEmpty)
        precondition(batch.datagramCount <= UDPSocket.maximumSegmentCount)
        guard batch.segmentSize <= largestDatagram else { return .tooBig }
        let result = results.isEmpty ? .sent : results.removeFirst()
        guard result == .sent else { return result }
        let range = batch.range
        let datagrams = stride(
            from: range.lowerBound, to: range.upperBound, by: batch.segmentSize
        ).map { storage.array($0..<min($0 + batch.segmentSize, range.upperBound)) }
        sent.append(Sent(destination: batch.destination, datagrams: datagrams, ecn: batch.ecn))
        return .sent
    }

    func receive(
        _ storage: inout ByteStorage, _ range: Range<Int>, from address: LinkAddress, ecn: UInt8,
        now: Instant
    ) {
        received.append((address, storage.array(range), ecn))
    }

    func attach(_ link: any DatagramLink, at address: LinkAddress) { links[address] = link }
    func detach(_ address: LinkAddress) { links[address] = nil }
}

extension DatagramHandler {
    /// Hands over `datagrams`, equally long but for the last, as one message.
    func take(
        _ datagrams: [[UInt8]], from source: SocketAddress, ecn: UInt8 = 0,
        carrier: any DatagramCarrier, now: Instant
    ) {
        var storage = ByteStorage(Array(datagrams.joined()))
        let message = ReceivedDatagrams(
            range: 0..<storage.count, segmentSize: datagrams.first?.count ?? 0, source: source,
            ecn: ecn)
        handle(message, in: &storage, carrier: carrier, now: now)
        finish(storage, carrier: carrier, now: now)
    }
}
