import SRMUDP

/// A way to a peer through another peer: a stream to the one in the middle, which carries datagrams
/// of a connection between the two ends.
///
/// The ends run the ordinary handshake through it and trust nobody between them: what passes the
/// middle is sealed. Datagrams up to the size that every path must carry always pass, in DATAGRAM
/// frames or, where the path to the middle is too narrow for that, in the stream; larger ones only
/// in frames, so that MTU discovery finds the border.
package final class RelayedLink: StreamUser {
    package enum State {
        /// We asked for the way and have no answer yet.
        case awaitingReply
        case open
        case ended
    }

    package enum Change {
        case open
        /// The one in the middle cannot or does not want to.
        case refused(OpenReply)
        /// The way is gone.
        case ended
    }

    package let request: OpenRequest
    package let address: LinkAddress
    package private(set) var state: State
    package private(set) var uploadedBytes: UInt64 = 0
    package private(set) var downloadedBytes: UInt64 = 0
    /// Datagrams that found no room.
    package private(set) var droppedCount: UInt64 = 0

    private let stream: StreamID
    private let carrier: any StreamCarrier
    private let loop: EventLoop
    private let network: any DatagramCarrier
    private let changed: (RelayedLink, Change) -> Void
    private var reply = OpenReplyReader()
    private var records = DatagramRecordReader()

    /// - Parameters:
    ///   - isOpener: whether we ask; else the request is granted at once.
    ///   - network: where the link is attached, under `address`, for as long as it is open.
    init(
        _ request: OpenRequest, isOpener: Bool, address: LinkAddress, network: any DatagramCarrier,
        at place: StreamPlace, changed: @escaping (RelayedLink, Change) -> Void
    ) {
        self.request = request
        self.address = address
        self.network = network
        self.changed = changed
        stream = place.stream
        carrier = place.carrier
        loop = place.loop
        if isOpener {
            state = .awaitingReply
            carrier.write(stream, request.encoded)
        } else {
            state = .open
            carrier.write(stream, OpenReply(.connected).encoded)
            network.attach(self, at: address)
        }
    }

    /// Datagrams have no end to wait for.
    package func drain() { abort() }

    package var isConnected: Bool {
        switch state {
        case .open: true
        case .awaitingReply, .ended: false
        }
    }

    /// Gives the way up.
    package func close() { finish(code: FlowErrorCode.sessionClosed) }

    // MARK: Events of the stream

    package func streamReadable() -> OpenReply? {
        var answer: OpenReply?
        if case .awaitingReply = state {
            answer = reply.read(stream, of: carrier).reply
            if let answer { take(answer) }
        }
        if case .open = state { readRecords() }
        return answer
    }

    package func streamWritable() {}
    package func streamReset() { finish(code: FlowErrorCode.socketFailed) }

    package func streamStopped() {
        // A refusal says why: its reply may be behind this.
        if case .awaitingReply = state { return }
        finish(code: FlowErrorCode.socketFailed)
    }

    package func streamClosed() { conclude(.ended) }
    package func carrierLost() { conclude(.ended) }
    package func abort() { close() }

    package func datagramArrived(_ payload: ArraySlice<UInt8>) {
        guard case .open = state, !payload.isEmpty else { return }
        downloadedBytes += UInt64(payload.count)
        var storage = ByteStorage(Array(payload))
        network.receive(&storage, 0..<payload.count, from: address, now: loop.now)
    }

    private func take(_ answer: OpenReply) {
        guard answer.status == .connected else {
            conclude(.refused(answer))
            carrier.reset(stream, code: FlowErrorCode.refused)
            carrier.stopReading(stream, code: FlowErrorCode.refused)
            return
        }
        state = .open
        network.attach(self, at: address)
        changed(self, .open)
    }

    private func readRecords() {
        let (bytes, status) = carrier.readAll(stream)
        records.append(bytes)
        do throws(DatagramRecordReader.Failure) {
            while let datagram = try records.next() { datagramArrived(datagram) }
        } catch {
            return finish(code: FlowErrorCode.badRequest)
        }
        switch status {
        case .hasMore, .drained: break
        case .finished, .reset: finish(code: FlowErrorCode.socketFailed)
        }
    }

    /// Ends both directions, and tells the one in the middle.
    private func finish(code: UInt64) {
        if case .ended = state { return }
        conclude(.ended)
        carrier.reset(stream, code: code)
        carrier.stopReading(stream, code: code)
    }

    private func conclude(_ change: Change) {
        if case .ended = state { return }
        state = .ended
        network.detach(address)
        changed(self, change)
    }
}

extension RelayedLink: DatagramLink {
    package func send(
        _ storage: borrowing ByteStorage, _ range: Range<Int>, segmentSize: Int, now: Instant
    ) -> SendResult {
        guard case .open = state, segmentSize > 0 else {
            return .failed(ErrorNumber.hostUnreachable)
        }
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(start + segmentSize, range.upperBound)
            guard pass(storage.array(start..<end)) else { return .tooBig }
            start = end
        }
        return .sent
    }

    /// - Returns: false for a datagram that will never pass.
    private func pass(_ datagram: [UInt8]) -> Bool {
        switch carrier.sendDatagram(stream, datagram[...]) {
        case .taken: uploadedBytes += UInt64(datagram.count)
        case .full: droppedCount += 1
        case .tooLong:
            guard datagram.count <= MTUDiscovery.minimumSize else { return false }
            if carrier.writeWhole(stream, DatagramFraming.record(datagram[...])) {
                uploadedBytes += UInt64(datagram.count)
            } else {
                droppedCount += 1
            }
        }
        return true
    }
}
