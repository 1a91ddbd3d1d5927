/// Forwards the datagrams of a relay's channels.
///
/// To be set as the driver's handler of `DatagramKind.relayed`. A run of datagrams with one channel
/// leaves as a run, from the memory it came into, with nothing changed but eight bytes of each;
/// runs to several destinations leave with one system call. Nothing is kept: where a socket is
/// full, datagrams are dropped, as a router does.
package final class RelayForwarder {
    /// Who belongs to whom; the owner attaches, joins, moves and detaches here.
    package var table: RelayTable
    /// Runs of the storage at hand that leave by the UDP socket.
    private var queue: [OutgoingBatch] = []

    package init(table: consuming RelayTable) { self.table = table }

    private func forward(
        _ run: Run, of datagrams: ReceivedDatagrams, in storage: inout ByteStorage,
        carrier: any DatagramCarrier, now: Instant
    ) {
        let route = table.route(
            run.channel, from: datagrams.source, byteCount: run.range.count,
            segmentSize: run.segmentSize, now: now)
        switch route {
        case .drop: return
        case .tellStray:
            carrier.send(RelayFormat.stray(run.channel), to: datagrams.source, now: now)
        case .forward(let destination, let channel, let byteCount):
            let range = run.range.prefix(byteCount)
            for start in stride(from: range.startIndex, to: range.endIndex, by: run.segmentSize) {
                storage.store(channel.number, at: start + RelayFormat.channelOffset)
            }
            let batch = OutgoingBatch(
                range: range.startIndex..<range.endIndex, segmentSize: run.segmentSize,
                destination: destination, ecn: datagrams.ecn)
            guard destination.ip.isLink else { return queue.append(batch) }
            count(batch, carrier.send(storage, batch, now: now))
        }
    }

    private func count(_ batch: OutgoingBatch, _ result: SendResult) {
        let drop: RelayStatistics.Drop
        switch result {
        case .sent:
            return table.statistics.countForwarded(
                datagrams: batch.datagramCount, bytes: batch.range.count)
        case .wouldBlock(let sentByteCount):
            let datagrams = sentByteCount / batch.segmentSize
            table.statistics.countForwarded(datagrams: datagrams, bytes: sentByteCount)
            return table.statistics.countDropped(
                .full, datagrams: batch.datagramCount - datagrams,
                bytes: batch.range.count - sentByteCount)
        case .tooBig: drop = .tooBig
        case .failed: drop = .unreachable
        }
        table.statistics.countDropped(
            drop, datagrams: batch.datagramCount, bytes: batch.range.count)
    }

    /// Datagrams of one channel that lie one behind the other.
    private struct Run {
        let channel: RelayChannelID
        let range: Range<Int>
        let segmentSize: Int
    }
}

extension RelayForwarder: DatagramHandler {
    package func handle(
        _ datagrams: ReceivedDatagrams, in storage: inout ByteStorage,
        carrier: any DatagramCarrier, now: Instant
    ) {
        var start = datagrams.range.lowerBound
        while start < datagrams.range.upperBound {
            guard let run = run(from: start, of: datagrams, in: storage) else {
                let end = min(start + max(datagrams.segmentSize, 1), datagrams.range.upperBound)
                table.statistics.countDropped(.malformed, datagrams: 1, bytes: end - start)
                start = end
                continue
            }
            forward(run, of: datagrams, in: &storage, carrier: carrier, now: now)
            start = run.range.upperBound
        }
    }

    /// The datagrams from the one at `start` on that have the same channel and may leave as one;
    /// nil if this one carries nothing.
    private func run(
        from start: Int, of datagrams: ReceivedDatagrams, in storage: borrowing ByteStorage
    ) -> Run? {
        let limit = datagrams.range.upperBound
        let segmentSize = min(max(datagrams.segmentSize, 1), limit - start)
        var end = start + segmentSize
        guard segmentSize > RelayFormat.headerLength,
            let channel = RelayFormat.channel(storage, start..<end)
        else { return nil }
        while end < limit {
            let next = min(end + segmentSize, limit)
            guard next - end > RelayFormat.headerLength,
                next - start <= UDPSocket.maximumBatchSize,
                next - start <= segmentSize * UDPSocket.maximumSegmentCount,
                RelayFormat.channel(storage, end..<next) == channel
            else { break }
            end = next
        }
        return Run(channel: channel, range: start..<end, segmentSize: segmentSize)
    }

    package func finish(
        _ storage: borrowing ByteStorage, carrier: any DatagramCarrier, now: Instant
    ) {
        var index = 0
        while index < queue.count {
            let (sentCount, result) = carrier.sendMany(storage, queue, from: index)
            for batch in queue[index..<index + sentCount] { count(batch, .sent) }
            index += sentCount
            guard index < queue.count else { break }
            count(queue[index], result)
            index += 1
            guard case .wouldBlock = result else { continue }
            for batch in queue[index...] { count(batch, .wouldBlock(sentByteCount: 0)) }
            break
        }
        queue.removeAll(keepingCapacity: true)
    }
}
