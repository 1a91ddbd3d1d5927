import SRMUDP

/// The far half of plain HTTP: a stream to one server, for one exchange after the other.
///
/// It moves bytes only when it is asked to, and tells its owner whenever asking may be worth it.
final class HTTPUpstream: StreamUser {
    enum State: Equatable {
        /// The far side has not said yet whether it could connect.
        case awaitingReply
        case open
        /// The server has ended its direction, and everything of it was read.
        case finished
        /// Not to be had, or reset.
        case failed(OpenReply)
    }

    let request: OpenRequest
    let target: HostPort
    private(set) var isConnected = false
    private(set) var uploadedBytes: UInt64 = 0
    private(set) var downloadedBytes: UInt64 = 0
    private(set) var state = State.awaitingReply

    private let place: StreamPlace
    private var replyReader = OpenReplyReader()
    private var changed: (() -> Void)?

    /// Sends the request. `changed` is called when something arrived, or may be sent, or has ended.
    init(
        _ request: OpenRequest, target: HostPort, at place: StreamPlace,
        changed: @escaping () -> Void
    ) {
        self.request = request
        self.target = target
        self.place = place
        self.changed = changed
        place.carrier.write(place.stream, request.encoded)
    }

    // MARK: For the owner

    /// Sends what is in `queue` as far as the stream has room.
    func send(from queue: inout ByteQueue) {
        while !queue.isEmpty, state == .awaitingReply || state == .open {
            let waiting = queue.count
            let count = place.carrier.withFreeSpace(place.stream, upTo: waiting) { blocks in
                let count = min(blocks.byteCount, waiting)
                blocks.store(queue.bytes.extracting(0..<count))
                return count
            }
            guard count > 0 else { return }
            queue.skip(count)
            uploadedBytes &+= UInt64(count)
        }
    }

    /// Appends what has arrived to `queue`, until that has `limit` bytes.
    func receive(into queue: inout ByteQueue, limit: Int) {
        guard state == .open else { return }
        let before = queue.count
        let status = place.carrier.withReadable(place.stream) { blocks in
            let count = min(blocks.byteCount, limit - queue.count)
            guard count > 0 else { return 0 }
            queue.reserve(count)
            blocks.copy(count, to: &queue.storage, at: queue.free.lowerBound)
            queue.commit(count)
            return count
        }
        downloadedBytes &+= UInt64(queue.count - before)
        switch status {
        case .hasMore, .drained: break
        case .finished: state = .finished
        case .reset: state = .failed(Self.lost)
        }
    }

    /// Tells the server that no more will come.
    func finish() { place.carrier.finish(place.stream) }

    /// Lets the stream go; the owner hears no more of it.
    func giveUp() {
        changed = nil
        place.carrier.reset(place.stream, code: FlowErrorCode.socketFailed)
        place.carrier.stopReading(place.stream, code: FlowErrorCode.socketFailed)
    }

    // MARK: Events of the stream

    func streamReadable() -> OpenReply? {
        let reply =
            state == .awaitingReply ? replyReader.read(place.stream, of: place.carrier).reply : nil
        if let reply {
            isConnected = reply.status == .connected
            state = isConnected ? .open : .failed(reply)
        }
        changed?()
        return reply
    }

    func streamWritable() { changed?() }
    func streamReset() { fail(Self.lost) }

    func streamStopped() {
        // A refusal says why: its reply may be behind this.
        if state != .awaitingReply { fail(Self.lost) }
    }

    func streamClosed() {
        // Every byte was read then; an end that was not is one that the peer did not want.
        if state != .finished { fail(Self.lost) }
    }

    func carrierLost() { fail(Self.lost) }

    func abort() {
        place.carrier.reset(place.stream, code: FlowErrorCode.sessionClosed)
        place.carrier.stopReading(place.stream, code: FlowErrorCode.sessionClosed)
        fail(Self.lost)
    }

    private static let lost = OpenReply(.generalFailure, detail: "the connection was lost")

    private func fail(_ reply: OpenReply) {
        if case .failed = state { return }
        state = .failed(reply)
        changed?()
    }
}
