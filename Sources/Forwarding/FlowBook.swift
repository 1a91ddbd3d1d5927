import SRMUDP

/// When and for whom the streams of a session began.
struct FlowBook {
    struct Entry {
        let since: Instant
        /// It came from outside: from the peer, or in at a listener of the peer's.
        let isServed: Bool
        /// The forward of ours that it belongs to; nil: none.
        let origin: ForwardOrigin?
        /// Whether it is known what came of the request.
        fileprivate(set) var isSettled = false

        init(since: Instant, isServed: Bool, origin: ForwardOrigin?) {
            self.since = since
            self.isServed = isServed
            self.origin = origin
        }

        var opener: FlowTally.Opener { isServed ? .peer : .node }
    }

    /// Is told of flows, not of streams that stand for a listener.
    private let tally: FlowTally?
    private var entries: [StreamID: Entry] = [:]
    private(set) var servedCount = 0

    init(tally: FlowTally? = nil) { self.tally = tally }

    subscript(stream: StreamID) -> Entry? { entries[stream] }

    var servedStreams: [StreamID] { entries.compactMap { $0.value.isServed ? $0.key : nil } }

    mutating func enter(_ entry: Entry, for stream: StreamID, of user: any StreamUser) {
        note(entry, for: stream)
        entry.origin?.began(user)
    }

    /// The same for one that began in another program of this process.
    mutating func continues(_ entry: Entry, for stream: StreamID, of user: any StreamUser) {
        note(entry, for: stream)
        entry.origin?.continues(user)
    }

    private mutating func note(_ entry: Entry, for stream: StreamID) {
        entries[stream] = entry
        if entry.isServed { servedCount += 1 }
    }

    /// We have connected what the peer asked for.
    mutating func connected(_ stream: StreamID, of user: any StreamUser) {
        entries[stream]?.isSettled = true
        guard user.request.isForFlow, let entry = entries[stream] else { return }
        tally?.opened(by: entry.opener, after: nil)
    }

    /// The peer has answered what we asked for.
    mutating func answered(
        _ reply: OpenReply, on stream: StreamID, of user: any StreamUser, now: Instant
    ) {
        entries[stream]?.isSettled = true
        guard let entry = entries[stream] else { return }
        entry.origin?.answered(reply)
        guard user.request.isForFlow else { return }
        if let failure = FlowTally.Failure(reply.status) {
            tally?.failed(by: entry.opener, failure)
        } else {
            tally?.opened(by: entry.opener, after: now - entry.since)
        }
    }

    /// What came of those who have no stream: the peer's requests, and who came in for the peer.
    func noted(_ change: ForwardingReport) {
        switch change {
        case .servedRefused(let request, let reply):
            guard request.isForFlow, let failure = FlowTally.Failure(reply.status) else { return }
            tally?.failed(by: .peer, failure)
        case .connectionsDropped(_, let count):
            tally?.failed(by: .peer, .dropped, count: count)
        case .flowOpened, .flowRefused, .servedOpened, .flowClosed, .servedClosed,
            .clientDisplaced:
            break
        }
    }

    mutating func remove(
        _ stream: StreamID, of user: any StreamUser, now: Instant
    ) -> Entry? {
        guard let entry = entries.removeValue(forKey: stream) else { return nil }
        if entry.isServed { servedCount -= 1 }
        entry.origin?.ended(user)
        if user.request.isForFlow { count(entry, user, now: now) }
        return entry
    }

    private func count(_ entry: Entry, _ user: any StreamUser, now: Instant) {
        if user.isConnected {
            tally?.ended(
                by: entry.opener, user.endReason ?? .closed(by: .far), after: now - entry.since,
                sent: user.uploadedBytes, received: user.downloadedBytes)
        } else if !entry.isSettled {
            tally?.failed(by: entry.opener, FlowTally.Failure(unanswered: user.endReason))
        }
    }
}
