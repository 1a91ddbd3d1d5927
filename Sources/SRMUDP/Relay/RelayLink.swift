/// One side of a relay's channel as a way for datagrams.
///
/// Each datagram goes to the server behind a header of nine bytes (`RelayFormat`), by UDP or within
/// the WebSocket to it. A run of datagrams stays a run.
package final class RelayLink: DatagramLink {
    package let channel: RelayChannelID
    /// Where the server is: an address of a network, or that of the WebSocket to it.
    package internal(set) var server: SocketAddress
    private unowned let carrier: any DatagramCarrier
    private var wrapped = ByteStorage(count: UDPSocket.maximumBatchSize)

    package init(channel: RelayChannelID, server: SocketAddress, carrier: any DatagramCarrier) {
        self.channel = channel
        self.server = server
        self.carrier = carrier
    }

    package func send(
        _ storage: borrowing ByteStorage, _ range: Range<Int>, segmentSize: Int, now: Instant
    ) -> SendResult {
        let wrappedSize = segmentSize + RelayFormat.headerLength
        guard segmentSize > 0, wrappedSize <= UDPSocket.maximumBatchSize else { return .tooBig }
        let count = min(
            UDPSocket.maximumSegmentCount, UDPSocket.maximumBatchSize / wrappedSize)
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(start + count * segmentSize, range.upperBound)
            let length = wrap(storage, start..<end, segmentSize: segmentSize)
            let batch = OutgoingBatch(
                range: 0..<length, segmentSize: wrappedSize, destination: server)
            switch carrier.send(wrapped, batch, now: now) {
            case .sent: start = end
            case .wouldBlock(let sentByteCount):
                let sent = sentByteCount / wrappedSize * segmentSize
                return .wouldBlock(sentByteCount: start - range.lowerBound + sent)
            case let failure: return failure
            }
        }
        return .sent
    }

    /// - Returns: how many bytes of `wrapped` are used.
    private func wrap(
        _ storage: borrowing ByteStorage, _ range: Range<Int>, segmentSize: Int
    ) -> Int {
        var start = range.lowerBound
        var position = 0
        while start < range.upperBound {
            let end = min(start + segmentSize, range.upperBound)
            wrapped[position] = DatagramKind.relayed
            wrapped.store(channel.number, at: position + RelayFormat.channelOffset)
            position += RelayFormat.headerLength
            wrapped.copy(from: storage.bytes(start..<end), to: position)
            position += end - start
            start = end
        }
        return position
    }
}
