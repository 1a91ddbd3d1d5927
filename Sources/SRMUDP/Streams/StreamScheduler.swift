/// Decides whose bytes are sent next.
///
/// Three lanes, each a queue of streams that have something to send:
///
/// 1. *interactive*: streams that woke up with little to send (two packets or so). First come,
///    first served. A stream stays for `interactiveAllowance` bytes, then it goes to lane 3.
/// 2. *fresh*: streams that woke up with more. Each may send one quantum, then it goes to lane 3.
/// 3. *bulk*: deficit round robin (Shreedhar and Varghese 1995); every stream sends a quantum in
///    turn, and what it sent too much is deducted from its next turn.
///
/// A stream that woke up again soon after it sent more than a quantum goes to lane 3 at once. As
/// many streams could still keep lane 1 busy for ever, lane 2 or 3 gets a turn after each
/// `laneAllowance` bytes from lane 1; and lane 3 after as many from lane 2. No operation depends on
/// the number of streams.
struct StreamScheduler: ~Copyable {
    private enum Lane { case interactive, fresh, bulk }

    private struct Account {
        /// What the stream may still send in its turn; negative if it sent too much.
        var deficit = 0
        /// Bytes sent of late: drains by `drainPerMillisecond`.
        var recent = 0
        var recentAt = Instant(nanoseconds: 0)
    }

    static let smallBacklog = 2_400
    static let interactiveAllowance = 4_800
    static let drainPerMillisecond = 160

    /// Bytes of a turn: enough that the far end need not write in small pieces, and not so much
    /// that a round takes long on a slow path. The Connection sets it from its pacing rate.
    var quantum = 16_384
    private var laneAllowance: Int { 4 * quantum }

    private var interactive = SlotQueue()
    private var fresh = SlotQueue()
    private var bulk = SlotQueue()
    private var accounts: [Account] = []
    private var lane = Lane.bulk
    /// Bytes sent from lane 1 since the last turn of lane 2 or 3, and from lane 2 since one of 3.
    private var interactiveRun = 0
    private var freshRun = 0

    /// The stream that `next` named last is in lane 1.
    var isServingInteractive: Bool { lane == .interactive }
    /// Lane 1 has streams.
    var hasInteractive: Bool { !interactive.isEmpty }
    var isEmpty: Bool { interactive.isEmpty && fresh.isEmpty && bulk.isEmpty }

    func contains(_ slot: UInt32) -> Bool {
        interactive.contains(slot) || fresh.contains(slot) || bulk.contains(slot)
    }

    /// Forgets the history of a slot, which belongs to a new stream from now on.
    mutating func reset(_ slot: UInt32) {
        while accounts.count <= Int(slot) { accounts.append(Account()) }
        accounts[Int(slot)] = Account()
    }

    /// The stream has `count` bytes to send now (0 if only its end).
    mutating func add(_ slot: UInt32, queued count: Int) {
        if contains(slot) { return }
        let isSmall = count <= Self.smallBacklog
        let allowance = isSmall ? Self.interactiveAllowance : quantum
        // A debt from the last turn remains.
        accounts[Int(slot)].deficit = min(accounts[Int(slot)].deficit, 0) + allowance
        if isSmall { interactive.append(slot) } else { fresh.append(slot) }
    }

    /// The stream to be served; it remains so until `served` says that its turn is over.
    /// - Parameter interactiveOnly: only lane 1 may send now.
    mutating func next(now: Instant, interactiveOnly: Bool = false) -> UInt32? {
        if interactiveOnly || interactiveRun < laneAllowance || fresh.isEmpty && bulk.isEmpty {
            while let slot = interactive.first {
                lane = .interactive
                if deserves(slot, now: now) { return slot }
                toBulk(interactive.removeFirst())
            }
        }
        if interactiveOnly { return nil }
        if freshRun < laneAllowance || bulk.isEmpty {
            while let slot = fresh.first {
                lane = .fresh
                if deserves(slot, now: now) { return slot }
                toBulk(fresh.removeFirst())
            }
        }
        lane = .bulk
        guard let slot = bulk.first else { return nil }
        let deficit = accounts[Int(slot)].deficit
        // Whoever is first may send at least one packet, even if its debt is larger than a turn:
        // a search for somebody else could walk over all streams.
        if deficit <= 0 { accounts[Int(slot)].deficit = max(deficit + quantum, 1) }
        return slot
    }

    /// The stream that `next` named last has sent `count` bytes, and has more or not.
    mutating func served(_ slot: UInt32, count: Int, hasMore: Bool, now: Instant) {
        let index = Int(slot)
        accounts[index].recent = recent(index, now: now) + count
        accounts[index].recentAt = now
        accounts[index].deficit -= count
        let isTurnOver = !hasMore || accounts[index].deficit <= 0
        switch lane {
        case .interactive:
            interactiveRun += count
            if isTurnOver { interactive.removeFirst() }
            if isTurnOver, hasMore { toBulk(slot) }
        case .fresh:
            freshRun += count
            if isTurnOver { interactiveRun = 0 }
            if isTurnOver { fresh.removeFirst() }
            if isTurnOver, hasMore { toBulk(slot) }
        case .bulk:
            if isTurnOver {
                interactiveRun = 0
                freshRun = 0
            }
            if !hasMore {
                bulk.removeFirst()
            } else if isTurnOver {
                bulk.moveFirstToEnd()
            }
        }
    }

    private mutating func toBulk(_ slot: UInt32) {
        accounts[Int(slot)].deficit = min(accounts[Int(slot)].deficit, 0)
        bulk.append(slot)
    }

    /// Whether a stream may use the first lanes: it sent at most a quantum of late.
    private func deserves(_ slot: UInt32, now: Instant) -> Bool {
        recent(Int(slot), now: now) <= quantum
    }

    private func recent(_ index: Int, now: Instant) -> Int {
        let elapsed = min(max((now - accounts[index].recentAt).nanoseconds, 0), 1_000_000_000)
        return max(0, accounts[index].recent - Int(elapsed) * Self.drainPerMillisecond / 1_000_000)
    }
}
