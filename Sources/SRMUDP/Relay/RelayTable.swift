/// The channels of a relay: which two sides belong together, and where each of them is.
///
/// The owner attaches a side when its client shows a token over its authenticated connection, joins
/// two sides that showed the same token, tells where a side's connection goes on (`move`), and
/// detaches the channels of clients that are gone. For the datagrams there is `route`, which costs
/// a look into a table for each run and keeps nothing of it.
///
/// Whoever guesses an ID of 64 bits would also have to send from where that side is. Channels are
/// bounded in number, for each source, in bytes a second and in the time for which they are idle.
package struct RelayTable: ~Copyable {
    package struct Limits: Sendable {
        /// Of sides, whether joined or not: two for each channel.
        package var sides = 2 * 4_096
        /// Of sides for each IPv4 address or IPv6 /64.
        package var sidesPerSource = 64
        /// Bytes a second for both directions of a channel, headers included; nil for no limit.
        package var rate: Int64?
        /// So long a channel may carry nothing.
        package var idleTime: Interval = .seconds(120)
        /// So long a side waits for the other one.
        package var waitingTime: Interval = .seconds(30)

        package init() {}
    }

    /// Deadlines are looked at so often.
    private static let sweepInterval: Interval = .seconds(5)

    private let limits: Limits
    private let random: any RandomSource
    private var sides: [Side] = []
    private var freeSlots: [Int] = []
    private var slots: [RelayChannelID: Int] = [:]
    private var sourceCounts: [SourceNetwork: Int] = [:]
    /// Nil as long as there is nothing that could expire.
    private var sweepDue: Instant?
    package internal(set) var statistics = RelayStatistics()

    package init(limits: Limits = Limits(), random: any RandomSource) {
        self.limits = limits
        self.random = random
    }

    package var sideCount: Int { slots.count }

    // MARK: Channels

    /// Reserves one side of a channel.
    ///
    /// - Parameters:
    ///   - address: where the side's connection with the server is, be it a WebSocket.
    ///   - source: the address of the network that it counts for.
    /// - Throws: `.tooManySides`, `.tooManySidesOfSource`.
    package mutating func attach(
        at address: SocketAddress, source: IPAddress, now: Instant
    ) throws(RelayError) -> RelayChannelID {
        let source = SourceNetwork(source)
        guard slots.count < limits.sides else { throw .tooManySides }
        guard sourceCounts[source, default: 0] < limits.sidesPerSource else {
            throw .tooManySidesOfSource
        }
        let side = Side(
            id: newID(), address: address, source: source, usedAt: now,
            budget: RelayBudget(rate: limits.rate, now: now))
        let slot = insert(side)
        slots[side.id] = slot
        sourceCounts[source, default: 0] += 1
        sweepDue = sweepDue ?? now + Self.sweepInterval
        return side.id
    }

    /// Makes two sides a channel: from now on datagrams go from each to the other.
    ///
    /// - Throws: `.unknownSide` where one is gone; `.alreadyJoined` also for one and the same side.
    package mutating func join(
        _ first: RelayChannelID, _ second: RelayChannelID, now: Instant
    ) throws(RelayError) {
        guard let firstSlot = slots[first], let secondSlot = slots[second] else {
            throw .unknownSide
        }
        guard first != second, sides[firstSlot].partner == nil, sides[secondSlot].partner == nil
        else { throw .alreadyJoined }
        sides[firstSlot].partner = secondSlot
        sides[secondSlot].partner = firstSlot
        // One of the two keeps the accounts of both.
        sides[secondSlot].account = firstSlot
        sides[firstSlot].account = firstSlot
        sides[firstSlot].usedAt = now
    }

    /// Says that the connection of this side is at another address; without effect on others.
    package mutating func move(_ side: RelayChannelID, to address: SocketAddress) {
        guard let slot = slots[side] else { return }
        sides[slot].address = address
    }

    /// Ends the channel of this side.
    ///
    /// - Returns: the other side, which is to be told; nil if there was none.
    @discardableResult
    package mutating func detach(_ side: RelayChannelID) -> RelayChannelID? {
        guard let slot = slots[side] else { return nil }
        let partner = sides[slot].partner
        remove(slot)
        guard let partner else { return nil }
        let other = sides[partner].id
        remove(partner)
        return other
    }

    /// The address of a side; nil if there is no such side.
    package func address(of side: RelayChannelID) -> SocketAddress? {
        slots[side].map { sides[$0].address }
    }

    package func isJoined(_ side: RelayChannelID) -> Bool {
        slots[side].map { sides[$0].partner != nil } ?? false
    }

    // MARK: Deadlines

    /// When `expire` wants to be called.
    package var nextTimeout: Instant? { sweepDue }

    /// Ends channels that carried nothing for too long, and sides that nobody came to.
    ///
    /// - Returns: their sides, whose clients are to be told.
    package mutating func expire(now: Instant) -> [RelayChannelID] {
        guard let due = sweepDue, due <= now else { return [] }
        let expired = slots.values.filter { slot in
            let side = sides[slot]
            guard side.partner != nil else { return side.usedAt + limits.waitingTime <= now }
            return sides[side.account].usedAt + limits.idleTime <= now
        }
        let ids = expired.map { sides[$0].id }
        for slot in expired { remove(slot) }
        sweepDue = slots.isEmpty ? nil : now + Self.sweepInterval
        return ids
    }

    // MARK: Datagrams

    /// Decides about a run of datagrams of one channel; what does not go on is counted here.
    ///
    /// - Parameters:
    ///   - side: the ID that they bear.
    ///   - source: where they came from.
    ///   - byteCount: of all of them, headers included.
    ///   - segmentSize: of each; the last may be shorter.
    mutating func route(
        _ side: RelayChannelID, from source: SocketAddress, byteCount: Int, segmentSize: Int,
        now: Instant
    ) -> RelayRoute {
        guard let slot = slots[side] else {
            return drop(.unknownChannel, byteCount, segmentSize)
        }
        guard sides[slot].address == source else {
            _ = drop(.wrongSource, byteCount, segmentSize)
            return tellStray(slot, now: now)
        }
        guard let partner = sides[slot].partner else {
            return drop(.notJoined, byteCount, segmentSize)
        }
        let account = sides[slot].account
        sides[account].usedAt = now
        let taken = sides[account].budget.take(
            byteCount, segmentSize: segmentSize, now: now)
        if taken < byteCount { _ = drop(.rateExceeded, byteCount - taken, segmentSize) }
        guard taken > 0 else { return .drop }
        return .forward(
            to: sides[partner].address, as: sides[partner].id, byteCount: taken)
    }

    private mutating func drop(
        _ reason: RelayStatistics.Drop, _ byteCount: Int, _ segmentSize: Int
    ) -> RelayRoute {
        statistics.countDropped(
            reason, datagrams: (byteCount + segmentSize - 1) / segmentSize, bytes: byteCount)
        return .drop
    }

    private mutating func tellStray(_ slot: Int, now: Instant) -> RelayRoute {
        if let told = sides[slot].toldStrayAt, told + Side.strayInterval > now { return .drop }
        sides[slot].toldStrayAt = now
        return .tellStray
    }

    // MARK: Slots

    private func newID() -> RelayChannelID {
        while true {
            let id = RelayChannelID(random.next())
            if slots[id] == nil { return id }
        }
    }

    private mutating func insert(_ side: Side) -> Int {
        guard let slot = freeSlots.popLast() else {
            sides.append(side)
            return sides.count - 1
        }
        sides[slot] = side
        return slot
    }

    private mutating func remove(_ slot: Int) {
        let side = sides[slot]
        slots[side.id] = nil
        freeSlots.append(slot)
        let count = sourceCounts[side.source, default: 1] - 1
        sourceCounts[side.source] = count == 0 ? nil : count
    }

    private struct Side {
        /// A side that strays is told so at most so often.
        static let strayInterval: Interval = .milliseconds(100)

        let id: RelayChannelID
        var address: SocketAddress
        let source: SourceNetwork
        /// When it was attached; in the side that keeps the accounts, when the channel carried
        /// something.
        var usedAt: Instant
        var budget: RelayBudget
        /// The slot of the other side.
        var partner: Int?
        /// The slot of the side that keeps the accounts of the channel.
        var account = 0
        var toldStrayAt: Instant?
    }
}

/// What becomes of a run of datagrams.
enum RelayRoute: Equatable {
    /// The first `byteCount` bytes of it go to this address, under this ID.
    case forward(to: SocketAddress, as: RelayChannelID, byteCount: Int)
    /// Nothing goes on, and the sender is to be told that it is known elsewhere.
    case tellStray
    case drop
}

/// Why a side could not be attached or joined.
package enum RelayError: Error, Equatable {
    case tooManySides
    case tooManySidesOfSource
    case unknownSide
    case alreadyJoined
}
