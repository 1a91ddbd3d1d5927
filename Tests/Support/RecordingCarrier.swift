import SRMUDP

/// A carrier that keeps what is sent, received and attached.
package final class RecordingCarrier: DatagramCarrier {
    package struct Sent: Equatable {
        package let destination: SocketAddress
        package let datagrams: [[UInt8]]
        package let ecn: UInt8

        package init(destination: SocketAddress, datagrams: [[UInt8]], ecn: UInt8) {
            self.destination = destination
            self.datagrams = datagrams
            self.ecn = ecn
        }
    }

    /// What the next batches meet with; after that, `.sent`.
    package var results: [SendResult] = []
    /// Larger datagrams are refused.
    package var largestDatagram = UDPSocket.maximumBatchSize
    package private(set) var sent: [Sent] = []
    package private(set) var received: [(address: LinkAddress, datagram: [UInt8], ecn: UInt8)] = []
    package private(set) var links: [LinkAddress: any DatagramLink] = [:]
    package private(set) var callCount = 0

    package init() {}

    package func takeSent() -> [Sent] {
        defer { sent = [] }
        return sent
    }

    package func send(
        _ storage: borrowing ByteStorage, _ batch: OutgoingBatch, now: Instant
    ) -> SendResult {
        callCount += 1
        return accept(storage, batch)
    }

    package func sendMany(
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

    package func receive(
        _ storage: inout ByteStorage, _ range: Range<Int>, from address: LinkAddress, ecn: UInt8,
        now: Instant
    ) {
        received.append((address, storage.array(range), ecn))
    }

    package func attach(_ link: any DatagramLink, at address: LinkAddress) { links[address] = link }
    package func detach(_ address: LinkAddress) { links[address] = nil }
}

extension DatagramHandler {
    /// Hands over `datagrams`, equally long but for the last, as one message.
    package func take(
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
