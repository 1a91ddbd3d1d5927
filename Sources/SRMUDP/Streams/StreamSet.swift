/// All streams of a Connection.
///
/// It has three sides: the application's (`StreamSet+Application`), the frames that arrive
/// (`StreamSet+Receiving`) and the frames that leave (`StreamSet+Sending`). After calls of the
/// first two, `pollEvent` is drained and `hasDataToSend` asked.
///
/// Closures that are lent bytes must not call the set, which is locked to them meanwhile.
///
/// Streams stand in slots, which are used again; lists of streams are linked through slots. The
/// dictionary is asked only where an ID comes from outside.
package struct StreamSet: ~Copyable {
    let limits: StreamLimits
    let pool: BlockPool
    private(set) var parity: StreamParity

    var slots: [Stream?] = []
    private var freeSlots: [UInt32] = []
    private var slotsByID: [StreamID: UInt32] = [:]
    /// The stream asked for last; packets come in runs.
    private var lastFound: (id: StreamID, slot: UInt32)?

    private var events = RingBuffer<QueuedEvent>()

    /// How many streams we opened, and may open.
    private(set) var openedCount: UInt64 = 0
    var peerStreamLimit: UInt64
    /// The peer's streams that have been seen have indices below this, except those in `unseen`.
    private var peerOpenedCount: UInt64 = 0
    private var unseen = RangeSet()
    private var peerClosedCount: UInt64 = 0
    var churn = StreamChurn()
    /// How many streams the peer may open.
    private(set) var streamsGranted: UInt64
    var mustSendMaxStreams = false

    /// The peer's credit for all streams, and what of it was used.
    var dataLimit: UInt64
    var dataSent: UInt64 = 0
    private static let largestReserve: UInt64 = 16_384
    /// What of that credit is kept for interactive streams.
    private(set) var creditReserve: UInt64
    private(set) var initialStreamLimit: UInt64
    /// Bytes that wait to be sent for the first time, over all streams.
    var backlog = 0

    var window: ReceiveWindow
    var mustSendMaxData = false

    var scheduler = StreamScheduler()
    /// Streams with lost bytes or a FIN alone, and streams with control frames.
    var urgent = SlotQueue()
    var control = SlotQueue()

    /// The Connection keeps this up to date; windows grow by it.
    package var roundTripTime = Interval.milliseconds(100)

    private struct QueuedEvent: BitwiseCopyable {
        var slot: UInt32
        var event: StreamEvent
    }

    /// - Parameters:
    ///   - parity: that of the streams which this side opens.
    ///   - peer: what the peer grants before its first message.
    package init(
        parity: StreamParity, pool: BlockPool, limits: StreamLimits = StreamLimits(),
        peer: InitialCredit = InitialCredit()
    ) {
        self.parity = parity
        self.pool = pool
        self.limits = limits
        peerStreamLimit = peer.streams
        dataLimit = peer.data
        creditReserve = min(Self.largestReserve, peer.data / 16)
        initialStreamLimit = peer.streamData
        streamsGranted = UInt64(limits.maximumPeerStreams)
        window = ReceiveWindow(
            .connection, initial: limits.initialConnectionWindow,
            maximum: limits.maximumConnectionWindow)
    }

    /// How many streams are open in one direction at least.
    package var count: Int { slotsByID.count }
    /// Bytes that were received and wait for the application.
    package var heldCount: Int { Int(window.held) }
    /// Bytes that wait to be sent for the first time.
    package var backlogCount: Int { backlog }
    /// How many more streams may be opened now.
    package var openableCount: UInt64 { peerStreamLimit - openedCount }

    /// What a stream sends in one turn among bulk streams; 16 KiB unless set. A slow path is served
    /// better by less: what it carries in a few milliseconds.
    package var quantum: Int {
        get { scheduler.quantum }
        set { scheduler.quantum = newValue }
    }

    /// Takes what the peer grants, once its first message told it, and which streams are ours,
    /// which may depend on who it is. No stream is open before.
    mutating func begin(parity: StreamParity, credit: InitialCredit) {
        precondition(openedCount == 0, "streams keep their numbers")
        self.parity = parity
        peerStreamLimit = credit.streams
        dataLimit = credit.data
        initialStreamLimit = credit.streamData
        creditReserve = min(Self.largestReserve, credit.data / 16)
    }

    // MARK: Events

    var hasEvents: Bool { !events.isEmpty }

    /// Whether somebody is still to be told what is told once only. All else is told again by the
    /// program that goes on with the streams.
    var hasNewsForOwner: Bool {
        for index in events.startIndex..<events.endIndex {
            switch events[index].event {
            case .opened, .reset, .stopped: return true
            case .readable, .writable, .finished, .closed: continue
            }
        }
        return false
    }

    package mutating func pollEvent() -> StreamEvent? {
        if events.isEmpty { return nil }
        let queued = events[events.startIndex]
        events.removeFirst()
        switch queued.event {
        case .readable(let id): stream(queued.slot, id)?.isReadableQueued = false
        case .closed(let id): release(id, slot: queued.slot)
        case .opened, .writable, .reset, .stopped, .finished: break
        }
        return queued.event
    }

    mutating func queue(_ event: StreamEvent, slot: UInt32) {
        events.append(QueuedEvent(slot: slot, event: event))
    }

    mutating func queueReadable(_ stream: Stream, slot: UInt32) {
        if stream.isReadableQueued { return }
        stream.isReadableQueued = true
        queue(.readable(stream.id), slot: slot)
    }

    // MARK: Finding

    /// The stream that was in the slot when the ID was noted, if it is still there.
    func stream(_ slot: UInt32, _ id: StreamID) -> Stream? {
        guard Int(slot) < slots.count, let stream = slots[Int(slot)], stream.id == id else {
            return nil
        }
        return stream
    }

    mutating func slot(of id: StreamID) -> UInt32? {
        if let lastFound, lastFound.id == id { return lastFound.slot }
        guard let slot = slotsByID[id] else { return nil }
        lastFound = (id, slot)
        return slot
    }

    mutating func find(_ id: StreamID) -> (slot: UInt32, stream: Stream)? {
        guard let slot = slot(of: id), let stream = slots[Int(slot)] else { return nil }
        return (slot, stream)
    }

    // MARK: Opening and closing

    /// Opens a stream of ours; nil if the peer allows no more at present.
    package mutating func open() -> StreamID? {
        if openedCount >= peerStreamLimit { return nil }
        let id = StreamID(index: openedCount, parity: parity)
        openedCount += 1
        _ = add(id)
        return id
    }

    /// The stream that a frame names, opened if it is a new one of the peer's; nil if it is over.
    /// - Throws: `streamState`, `streamLimit`.
    mutating func findOrOpen(_ id: StreamID) throws(StreamError) -> (slot: UInt32, stream: Stream)?
    {
        if let found = find(id) { return found }
        if id.parity == parity {
            if id.index >= openedCount { throw .streamState }
            return nil
        }
        guard id.index < streamsGranted else { throw .streamLimit }
        if id.index >= peerOpenedCount {
            // Packets overtake each other, so streams may become known out of order. Those between
            // are not made up before they are heard of.
            unseen.insert(peerOpenedCount..<id.index)
            peerOpenedCount = id.index + 1
        } else {
            if !unseen.contains(id.index) { return nil }
            unseen.remove(id.index..<id.index + 1)
        }
        let slot = add(id)
        queue(.opened(id), slot: slot)
        return find(id)
    }

    private mutating func add(_ id: StreamID) -> UInt32 {
        let stream = Stream(id: id, pool: pool, limits: limits, sendLimit: initialStreamLimit)
        let slot = freeSlots.popLast() ?? UInt32(slots.count)
        if Int(slot) == slots.count { slots.append(stream) } else { slots[Int(slot)] = stream }
        slotsByID[id] = slot
        scheduler.reset(slot)
        return slot
    }

    /// Says that a stream is over of which both halves are.
    ///
    /// It is released when the application is told: until then it can still ask whether what it
    /// read last was the end or a reset.
    mutating func closeIfOver(_ stream: Stream, slot: UInt32) {
        guard stream.isClosed, !stream.isClosedQueued else { return }
        stream.isClosedQueued = true
        queue(.closed(stream.id), slot: slot)
    }

    private mutating func release(_ id: StreamID, slot: UInt32) {
        slots[Int(slot)] = nil
        freeSlots.append(slot)
        slotsByID[id] = nil
        if lastFound?.id == id { lastFound = nil }
        if id.parity != parity {
            peerClosedCount += 1
            replenishStreams()
        }
    }

    /// When `handleTimeout` is due; nil if it has nothing to do.
    var nextTimeout: Instant? { churn.pausedUntil }

    /// Gives the peer the credit for new streams that was withheld.
    mutating func handleTimeout(now: Instant) {
        if churn.endPause(now: now) { replenishStreams() }
    }

    private mutating func replenishStreams() {
        guard churn.pausedUntil == nil else { return }
        let target = peerClosedCount + UInt64(limits.maximumPeerStreams)
        // Not after every stream, but long before the peer has to wait.
        guard target > streamsGranted + UInt64(limits.maximumPeerStreams / 8) else { return }
        streamsGranted = target
        mustSendMaxStreams = true
    }
}

extension StreamSet {
    var snapshot: StreamSetSnapshot {
        StreamSetSnapshot(
            parity: parity, openedCount: openedCount, peerStreamLimit: peerStreamLimit,
            peerOpenedCount: peerOpenedCount, unseen: unseen, peerClosedCount: peerClosedCount,
            streamsGranted: streamsGranted, dataLimit: dataLimit, dataSent: dataSent,
            initialStreamLimit: initialStreamLimit, creditReserve: creditReserve,
            window: window.snapshot, streams: slots.compactMap { $0?.snapshot })
    }

    /// All streams as they were when the snapshot was taken.
    init(restoring snapshot: StreamSetSnapshot, pool: BlockPool, limits: StreamLimits) {
        self.init(parity: snapshot.parity, pool: pool, limits: limits, peer: .none)
        openedCount = snapshot.openedCount
        peerStreamLimit = snapshot.peerStreamLimit
        peerOpenedCount = snapshot.peerOpenedCount
        unseen = snapshot.unseen
        peerClosedCount = snapshot.peerClosedCount
        streamsGranted = snapshot.streamsGranted
        dataLimit = snapshot.dataLimit
        dataSent = snapshot.dataSent
        initialStreamLimit = snapshot.initialStreamLimit
        creditReserve = snapshot.creditReserve
        window.restore(snapshot.window)
        mustSendMaxData = true
        mustSendMaxStreams = true
        for stream in snapshot.streams { insert(stream) }
    }

    private mutating func insert(_ snapshot: StreamSnapshot) {
        let stream = Stream(restoring: snapshot, pool: pool, limits: limits)
        let slot = UInt32(slots.count)
        slots.append(stream)
        slotsByID[stream.id] = slot
        scheduler.reset(slot)
        backlog += stream.send.unsentCount
        if !stream.pending.isEmpty { control.append(slot) }
        schedule(stream, slot: slot)
        // The new owner does not know who was told what.
        queueReadable(stream, slot: slot)
        if stream.send.state == .sending { queue(.writable(stream.id), slot: slot) }
        closeIfOver(stream, slot: slot)
    }
}
