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
