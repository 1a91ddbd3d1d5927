/// Why an ACK frame cannot be true.
package enum RecoveryError: Error, Equatable {
    /// It acknowledges a packet number that was not used yet.
    case acknowledgedUnsentPacket(UInt64)
    /// It acknowledges a packet number that was left out on purpose.
    case acknowledgedSkippedPacket(UInt64)
}

/// Which packets of a Connection are in flight, which arrived and which were lost (RFC 9002).
///
/// There is one sequence of packet numbers for all paths; times, thresholds and congestion are per
/// path, and a packet is compared only with the packets of its own path. The Connection calls, in
/// this order:
///
///     to send:     sendAllowance, pacingDelay -> packetSent (or skipPacketNumber), once per packet
///                  applicationLimited, if it had less to send than was allowed
///     for an ACK:  beginAcknowledgement, acknowledge per range from the largest to the smallest,
///                  endAcknowledgement; walk newlyAcked and newlyLost; removeSettled
///     for a timer: handleTimeout at nextTimeout; walk newlyLost; removeSettled
///
/// Invariant: a path's bytesInFlight is the sum of the sizes of its outstanding packets.
package struct RecoveryState: ~Copyable {
    package static let maximumPaths = 16
    /// How many packet thresholds of time a lost packet is remembered, to notice a late ACK.
    private static let lostPacketMemory: Int64 = 3

    var packets: RingBuffer<SentPacket>
    package internal(set) var paths: [PathRecovery?] = []
    /// Packets acknowledged by the last ACK frame; some may have been declared lost before.
    package internal(set) var newlyAcked: [UInt64] = []
    /// Packets declared lost since `removeSettled`.
    package internal(set) var newlyLost: [UInt64] = []
    package internal(set) var largestAcknowledged: UInt64?
    /// Of the packets in `newlyAcked` those that were sent with an ECN codepoint.
    var newlyAckedMarks = AcknowledgedMarks()
    /// Packets without anything to acknowledge since the last one that had something. After a few
    /// dozen the Connection adds a PING, so that the peer's ACK ranges do not grow without end.
    package private(set) var untrackedInARow = 0
    /// The peer's longest deliberate delay of an ACK.
    package var maxAckDelay: Interval
    /// No packet below this number is outstanding.
    var firstOutstanding: UInt64 = 0
    var ackFrameLargest: UInt64 = 0

    package init(maxAckDelay: Interval, firstPacketNumber: UInt64 = 0) {
        self.maxAckDelay = maxAckDelay
        packets = RingBuffer(start: firstPacketNumber)
        firstOutstanding = firstPacketNumber
    }

    /// Starts the accounts of a path, anew if there was one; `id` must be below `maximumPaths`.
    ///
    /// Given the controller of another path, because only the peer's port has changed, the new path
    /// also takes over what was measured there.
    package mutating func addPath(
        _ id: UInt8, controller: any CongestionController, datagramSize: Int
    ) {
        precondition(id < Self.maximumPaths, "a path has no such number")
        var predecessor: PathRecovery?
        for case let path? in paths where path.controller === controller { predecessor = path }
        if path(id) != nil { removePath(id) }
        while paths.count <= Int(id) { paths.append(nil) }
        let path = PathRecovery(controller: controller, datagramSize: datagramSize)
        if let predecessor { path.accounts.inherit(predecessor.accounts) }
        paths[Int(id)] = path
    }

    /// Forgets a path. Its packets in flight are declared lost, without blame on any other path; a
    /// late ACK of them is news to nobody, least of all to a path that gets the same `id` later.
    ///
    /// The caller walks `newlyLost` before it adds a path again.
    package mutating func removePath(_ id: UInt8) {
        for number in packets.startIndex..<packets.endIndex where packets[number].pathID == id {
            switch packets[number].state {
            case .outstanding:
                packets[number].state = .untracked
                packets[number].wasLost = true
                newlyLost.append(number)
            case .lost: packets[number].state = .untracked
            case .untracked, .acknowledged, .skipped: break
            }
        }
        if paths.indices.contains(Int(id)) { paths[Int(id)] = nil }
        advanceFirstOutstanding()
    }

    package func path(_ id: UInt8) -> PathRecovery? {
        paths.indices.contains(Int(id)) ? paths[Int(id)] : nil
    }

    /// The number of the next packet.
    package var nextPacketNumber: UInt64 { packets.endIndex }

    /// The packet of that number, if it is still remembered.
    package func packet(_ number: UInt64) -> SentPacket? {
        packets.contains(number) ? packets[number] : nil
    }

    /// The first frame that a remembered packet refers to; older elements of the frame queue may
    /// be removed. Nil if no packet is remembered.
    package var oldestFrame: UInt64? {
        packets.isEmpty ? nil : packets[packets.startIndex].firstFrame
    }

    /// The oldest packet in flight on a path: its frames are what a probe should carry.
    package func oldestOutstanding(path id: UInt8) -> UInt64? {
        var number = firstOutstanding
        while number < packets.endIndex {
            if packets[number].state == .outstanding, packets[number].pathID == id { return number }
            number += 1
        }
        return nil
    }

    // MARK: Sending

    /// Bytes that the congestion window of a path admits.
    package func sendAllowance(path id: UInt8) -> Int { path(id)?.windowRemaining ?? 0 }

    /// Nil if `bytes` may leave now on that path, otherwise when to try again.
    package mutating func pacingDelay(path id: UInt8, bytes: Int, now: Instant) -> Instant? {
        path(id)?.accounts.pacer.delayUntilSend(bytes: bytes, now: now)
    }

    /// How many bytes may leave in one batch now, by pace and by window.
    package mutating func burstBudget(path id: UInt8, now: Instant) -> Int {
        path(id)?.burstBudget(now: now) ?? 0
    }

    /// Notes a packet just sent under `nextPacketNumber` and returns that number.
    ///
    /// A packet without frames still names the end of the frame queue
    /// as its `firstFrame`.
    @discardableResult
    package mutating func packetSent(_ packet: SentPacket) -> UInt64 {
        let number = packets.endIndex
        var packet = packet
        untrackedInARow = packet.isAckEliciting ? 0 : untrackedInARow + 1
        if packet.isAckEliciting {
            paths[Int(packet.pathID)]?.elicitingPacketSent(&packet, number)
        }
        packets.append(packet)
        return number
    }

    /// Leaves one packet number out: an ACK of it shows that the peer invents ACKs.
    package mutating func skipPacketNumber(now: Instant, nextFrame: UInt64) {
        packets.append(.skipped(now: now, nextFrame: nextFrame))
    }

    /// There is nothing to send on the path though window and pace would admit more.
    package mutating func applicationLimited(path id: UInt8) {
        guard let path = path(id), path.windowRemaining > 0 else { return }
        path.accounts.delivery.applicationLimited(bytesInFlight: path.bytesInFlight)
    }

    package mutating func mtuChanged(path id: UInt8, datagramSize: Int) {
        path(id)?.accounts.pacer.mtuChanged(datagramSize: datagramSize)
        path(id)?.controller.mtuChanged(datagramSize: datagramSize)
    }

    // MARK: Settled packets

    /// Empties `newlyAcked` and `newlyLost` and forgets the packets at the front that nothing can
    /// happen to any more. To be called when the caller has walked both.
    package mutating func removeSettled(now: Instant) {
        newlyAcked.removeAll(keepingCapacity: true)
        newlyLost.removeAll(keepingCapacity: true)
        var number = packets.startIndex
        var removable = number
        while number < packets.endIndex {
            let packet = packets[number]
            number += 1
            switch packet.state {
            case .acknowledged, .untracked: removable = number
            case .lost where isForgettable(packet, now: now): removable = number
            // Left in place until a later packet is settled, or it could not catch anyone.
            case .skipped: continue
            case .lost, .outstanding: number = packets.endIndex
            }
        }
        packets.removeFirst(upTo: removable)
        firstOutstanding = max(firstOutstanding, removable)
    }

    private func isForgettable(_ packet: SentPacket, now: Instant) -> Bool {
        guard let path = path(packet.pathID) else { return true }
        let memory =
            path.rtt.lossDelay(eighths: path.accounts.timeThreshold) * Self.lostPacketMemory
        return packet.sentTime + memory < now
    }

    mutating func advanceFirstOutstanding() {
        while firstOutstanding < packets.endIndex, packets[firstOutstanding].state != .outstanding {
            firstOutstanding += 1
        }
    }
}
