import SRMUDP

/// The middle of a way between two peers of ours: two streams whose datagrams are passed on
/// unread, each to the other.
///
/// It ends when either of them ends.
final class RelayJunction {
    /// One of the two streams.
    final class End: StreamUser {
        private enum State {
            case awaitingReply
            case open
            case ended
        }

        let request: OpenRequest
        private(set) var uploadedBytes: UInt64 = 0
        private(set) var downloadedBytes: UInt64 = 0
        private let stream: StreamID
        private let carrier: any StreamCarrier
        /// Holds the other end as long as both are there.
        private let junction: RelayJunction
        private var state: State
        private var reply = OpenReplyReader()
        private var records = DatagramRecordReader()

        fileprivate init(
            _ request: OpenRequest, isOpener: Bool, of junction: RelayJunction,
            at place: StreamPlace
        ) {
            self.request = request
            self.junction = junction
            stream = place.stream
            carrier = place.carrier
            state = isOpener ? .awaitingReply : .open
            carrier.write(
                stream, isOpener ? request.encoded : OpenReply(.connected).encoded)
        }

        var isConnected: Bool { state == .open }
        func drain() { abort() }

        func streamReadable() -> OpenReply? {
            var answer: OpenReply?
            if state == .awaitingReply {
                answer = reply.read(stream, of: carrier).reply
                if let answer { take(answer) }
            }
            if state == .open { readRecords() }
            return answer
        }

        func streamWritable() {}
        func streamReset() { finish() }

        func streamStopped() {
            // A refusal says why: its reply may be behind this.
            if state != .awaitingReply { finish() }
        }

        func streamClosed() { conclude() }
        func carrierLost() { conclude() }
        func abort() { finish() }

        func datagramArrived(_ payload: ArraySlice<UInt8>) {
            guard state == .open else { return }
            downloadedBytes += UInt64(payload.count)
            junction.other(of: self)?.send(payload)
        }

        /// What finds no room is dropped, as in any network.
        private func send(_ datagram: ArraySlice<UInt8>) {
            guard state == .open else { return }
            let isTaken: Bool
            switch carrier.sendDatagram(stream, datagram) {
            case .taken: isTaken = true
            case .full: isTaken = false
            case .tooLong:
                isTaken =
                    datagram.count <= DatagramFraming.payloadLimit
                    && carrier.writeWhole(stream, DatagramFraming.record(datagram))
            }
            if isTaken { uploadedBytes += UInt64(datagram.count) }
        }

        private func take(_ answer: OpenReply) {
            guard answer.status == .connected else {
                junction.answered(answer)
                return finish()
            }
            state = .open
            junction.answered(answer)
        }

        private func readRecords() {
            let (bytes, status) = carrier.readAll(stream)
            records.append(bytes)
            do throws(DatagramRecordReader.Failure) {
                while let datagram = try records.next() { datagramArrived(datagram) }
            } catch {
                return finish()
            }
            switch status {
            case .hasMore, .drained: break
            case .finished, .reset: finish()
            }
        }

        fileprivate func finish() {
            guard state != .ended else { return }
            conclude()
            carrier.reset(stream, code: FlowErrorCode.sessionClosed)
            carrier.stopReading(stream, code: FlowErrorCode.sessionClosed)
        }

        private func conclude() {
            guard state != .ended else { return }
            state = .ended
            junction.ended(self)
        }
    }

    private let answer: (RelayJunction, OpenReply) -> Void
    private var asker: End?
    private var target: End?
    private var isAnswered = false

    /// - Parameter answer: called once, with the target's answer to being asked.
    init(answer: @escaping (RelayJunction, OpenReply) -> Void) { self.answer = answer }

    /// The stream to the target, which is asked whether it takes datagrams from `asker`.
    func openTarget(from asker: PublicKey, at place: StreamPlace) -> End {
        let end = End(.relayed(from: asker), isOpener: true, of: self, at: place)
        target = end
        return end
    }

    /// The stream of the peer that asked, once the target has agreed. The target may be gone again.
    func openAsker(_ request: OpenRequest, at place: StreamPlace) -> End {
        let end = End(request, isOpener: false, of: self, at: place)
        if target == nil { end.finish() } else { asker = end }
        return end
    }

    /// The asker does not want it any more.
    func cancel() {
        isAnswered = true
        target?.finish()
    }

    private func answered(_ reply: OpenReply) {
        guard !isAnswered else { return }
        isAnswered = true
        answer(self, reply)
    }

    private func other(of end: End) -> End? { end === asker ? target : asker }

    private func ended(_ end: End) {
        let rest = other(of: end)
        asker = nil
        target = nil
        rest?.finish()
        answered(OpenReply(.hostUnreachable, detail: "the peer is gone"))
    }
}
