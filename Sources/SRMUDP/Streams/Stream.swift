/// A stream: two halves that live and end independently of each other.
final class Stream {
    let id: StreamID
    var send: SendStream
    var receive: ReceiveStream
    /// Control frames that are to be sent for it.
    var pending = PendingFrames()
    /// The code of our STOP_SENDING.
    var stopCode: UInt64 = 0
    /// `readable` stands in the event queue.
    var isReadableQueued = false
    /// `closed` stands in the event queue.
    var isClosedQueued = false

    init(id: StreamID, pool: BlockPool, limits: StreamLimits, sendLimit: UInt64) {
        self.id = id
        send = SendStream(pool: pool, limit: sendLimit, backlogLimit: limits.initialBacklog)
        receive = ReceiveStream(pool: pool, limits: limits)
    }

    /// The stream as it was when the snapshot was taken; all that was pending or in flight is to be
    /// sent anew.
    init(restoring snapshot: StreamSnapshot, pool: BlockPool, limits: StreamLimits) {
        id = snapshot.id
        send = SendStream(restoring: snapshot.send, pool: pool)
        receive = ReceiveStream(restoring: snapshot.receive, pool: pool, limits: limits)
        stopCode = snapshot.stopCode
        if case .resetting = send.state { pending.insert(.reset) }
        if receive.state == .discarding { pending.insert(.stop) }
        if receive.needsCredit { pending.insert(.credit) }
    }

    var snapshot: StreamSnapshot {
        StreamSnapshot(
            id: id, send: send.snapshot, receive: receive.snapshot, stopCode: stopCode)
    }

    /// Nothing is left to be done for it.
    var isClosed: Bool { send.isTerminal && receive.isTerminal }
}

/// Which control frames a stream has to send.
struct PendingFrames: OptionSet {
    let rawValue: UInt8
    static let reset = PendingFrames(rawValue: 1)
    static let stop = PendingFrames(rawValue: 2)
    static let credit = PendingFrames(rawValue: 4)
}
