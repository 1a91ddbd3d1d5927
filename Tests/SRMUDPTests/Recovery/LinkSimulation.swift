import SRMUDP
import TestSupport

/// An emulated link: a bottleneck with a queue, a delay, and random loss.
struct EmulatedLink: Sendable {
    var name: String
    /// Bits per second, headers of IP and UDP included.
    var bitsPerSecond: Double
    var roundTrip: Interval
    var queueBytes: Int
    var loss = 0.0
    /// Loss before the bottleneck instead of behind it.
    var isLossUpstream = false
    /// Each packet is delayed by up to this much more, which reorders.
    var jitter = Interval.zero
    /// The sender's timers fire up to this much late, as they do on a busy machine.
    var timerLateness = Interval.zero
    /// If not zero, packets arrive only at multiples of this time, in bunches.
    var bunching = Interval.zero
    /// If not zero, the receiver answers only this long after a first packet, all at once.
    var receiverWakes = Interval.zero
    var datagramSize = 1_472
    /// From then on the bottleneck has the other rate.
    var changeTime = Instant.distantFuture
    var changedBitsPerSecond = 0.0
    /// Nothing passes in this period.
    var blackout: ClosedRange<Instant>?
}

/// What a transfer over an emulated link came to.
struct TransferFigures {
    var megabitsPerSecond: Double
    /// Milliseconds that packets spent in the queue, transmission included.
    var queueDelayP50: Double
    var queueDelayP99: Double
    var lost: UInt64
    var spurious: UInt64
    var phase: String
}

/// The place where packets queue; several simulated senders may share one.
final class Bottleneck {
    /// When the last packet of the queue will have left.
    var free = Instant(nanoseconds: 0)
}

/// One bulk sender over an emulated link, in simulated time.
///
/// The sender is `RecoveryState` with a controller, called in the order in which a Connection calls
/// it; the receiver acknowledges every second packet, or after five milliseconds.
struct LinkSimulation: ~Copyable {
    private enum Event {
        case arrival(number: UInt64, size: Int)
        case receiverWake
        case acknowledgement(ranges: [ClosedRange<UInt64>], delay: Interval)
        case senderTimer(generation: Int)
    }

    static let start = Instant(nanoseconds: 1_000_000_000)
    private static let headerBytes = 28
    private static let ackEvery = 2
    private static let ackDelay = Interval.milliseconds(5)

    private let link: EmulatedLink
    private(set) var recovery: RecoveryState
    private var now = Self.start
    private let random: SeededRandomSource
    private let trace: (Instant, PathRecovery) -> Void
    private var events = EventQueue<Event>()
    private let bottleneck: Bottleneck
    private var timerGeneration = 0
    private var probesToSend = 0
    private var measuredFrom = Self.start
    private var deliveredBytes = 0
    private var queueDelays: [Double] = []
    private var received = ReceivedRanges()
    private var isWakeScheduled = false

    init(
        _ link: EmulatedLink, controller: any CongestionController, seed: UInt64,
        bottleneck: Bottleneck = Bottleneck(),
        trace: @escaping (Instant, PathRecovery) -> Void = { _, _ in }
    ) {
        self.link = link
        self.bottleneck = bottleneck
        self.trace = trace
        random = SeededRandomSource(seed: seed)
        recovery = RecoveryState(maxAckDelay: .milliseconds(25))
        recovery.addPath(0, controller: controller, datagramSize: link.datagramSize)
    }

    /// Runs for so many simulated seconds; figures leave out the first `warmUp` seconds.
    mutating func run(seconds: Int64, warmUp: Int64 = 0) -> TransferFigures {
        begin(at: Self.start)
        while nextTime < Self.start + .seconds(warmUp) { step() }
        clearFigures()
        while nextTime <= Self.start + .seconds(seconds) { step() }
        return figures
    }

    /// Sends the first packets.
    mutating func begin(at time: Instant) {
        now = time
        measuredFrom = time
        send()
    }

    /// When something happens next.
    var nextTime: Instant { events.firstTime ?? .distantFuture }

    /// Lets the next thing happen.
    mutating func step() {
        guard let (time, event) = events.popFirst() else { return }
        now = time
        handle(event)
    }

    mutating func clearFigures() {
        measuredFrom = now
        deliveredBytes = 0
        queueDelays.removeAll(keepingCapacity: true)
    }

    /// What the transfer came to since the figures were cleared.
    var figures: TransferFigures {
        let sorted = queueDelays.sorted()
        let path = recovery.path(0)
        let seconds = max((now - measuredFrom).seconds, 0.001)
        return TransferFigures(
            megabitsPerSecond: Double(deliveredBytes * 8) / seconds / 1e6,
            queueDelayP50: sorted.isEmpty ? 0 : sorted[sorted.count / 2],
            queueDelayP99: sorted.isEmpty ? 0 : sorted[sorted.count * 99 / 100],
            lost: path?.lostPackets ?? 0, spurious: path?.spuriousLosses ?? 0,
            phase: path?.controller.phaseName ?? "")
    }

    private mutating func handle(_ event: Event) {
        switch event {
        case .arrival(let number, let size): receive(number, size)
        case .receiverWake:
            isWakeScheduled = false
            acknowledge()
        case .acknowledgement(let ranges, let delay):
            handleAcknowledgement(ranges, delay)
            send()
        case .senderTimer(let generation):
            guard generation == timerGeneration else { return }
            handleTimer()
            send()
        }
    }

    // MARK: Sender

    private mutating func handleAcknowledgement(
        _ ranges: [ClosedRange<UInt64>], _ delay: Interval
    ) {
        recovery.beginAcknowledgement(largest: ranges.last?.upperBound ?? 0)
        for range in ranges.reversed() {
            do {
                try recovery.acknowledge(range, now: now)
            } catch {
                preconditionFailure("the simulated receiver sent a wrong ACK: \(error)")
            }
        }
        recovery.endAcknowledgement(ackDelay: delay, now: now)
        if let path = recovery.path(0) { trace(now, path) }
        recovery.removeSettled(now: now)
    }

    private mutating func handleTimer() {
        while true {
            switch recovery.handleTimeout(now: now) {
            case .nothing:
                recovery.removeSettled(now: now)
                return
            case .lossesDetected: continue
            case .probe: probesToSend += 2
            }
        }
    }

    private mutating func send() {
        var pacing: Instant?
        while probesToSend > 0 || recovery.sendAllowance(path: 0) >= link.datagramSize {
            if probesToSend == 0 {
                pacing = recovery.pacingDelay(path: 0, bytes: link.datagramSize, now: now)
                if pacing != nil { break }
            }
            probesToSend = max(0, probesToSend - 1)
            transmit()
        }
        timerGeneration += 1
        let wake = min(pacing ?? .distantFuture, recovery.nextTimeout ?? .distantFuture)
        if wake < .distantFuture {
            let time = max(wake, now) + randomInterval(below: link.timerLateness)
            events.insert(time, .senderTimer(generation: timerGeneration))
        }
    }

    private mutating func transmit() {
        let size = link.datagramSize
        let number = recovery.packetSent(
            SentPacket(
                sentTime: now, size: UInt32(size), pathID: 0, firstFrame: 0, frameCount: 1))
        let isLost = Double(random.next() >> 11) / Double(1 << 53) < link.loss
        if isLost && link.isLossUpstream { return }
        let rate = now < link.changeTime ? link.bitsPerSecond : link.changedBitsPerSecond
        let begin = max(bottleneck.free, now)
        if (begin - now).seconds * rate / 8 > Double(link.queueBytes) { return }
        let transmission = Double((size + Self.headerBytes) * 8) / rate
        bottleneck.free = begin + .nanoseconds(Int64(transmission * 1e9))
        queueDelays.append((bottleneck.free - now).milliseconds)
        if isLost || link.blackout?.contains(now) == true { return }
        var arrival = bottleneck.free + link.roundTrip / 2 + randomInterval(below: link.jitter)
        if link.bunching > .zero {
            let step = link.bunching.nanoseconds
            arrival.nanoseconds = (arrival.nanoseconds + step - 1) / step * step
        }
        events.insert(arrival, .arrival(number: number, size: size))
    }

    private func randomInterval(below bound: Interval) -> Interval {
        guard bound > .zero else { return .zero }
        return .nanoseconds(Int64(random.next() % UInt64(bound.nanoseconds)))
    }

    // MARK: Receiver

    private mutating func receive(_ number: UInt64, _ size: Int) {
        if received.insert(number, now: now) { deliveredBytes += size + Self.headerBytes }
        if link.receiverWakes > .zero {
            scheduleWake(link.receiverWakes)
        } else if received.unacknowledged >= Self.ackEvery {
            acknowledge()
        } else {
            scheduleWake(Self.ackDelay)
        }
    }

    private mutating func scheduleWake(_ delay: Interval) {
        guard !isWakeScheduled else { return }
        isWakeScheduled = true
        events.insert(now + delay, .receiverWake)
    }

    private mutating func acknowledge() {
        guard received.unacknowledged > 0 else { return }
        received.unacknowledged = 0
        if link.blackout?.contains(now) == true { return }
        let delay = now - received.largestTime
        events.insert(
            now + link.roundTrip / 2, .acknowledgement(ranges: received.ranges, delay: delay))
    }
}

/// The packet numbers that the simulated receiver has, newest 32 ranges.
private struct ReceivedRanges {
    var ranges: [ClosedRange<UInt64>] = []
    var unacknowledged = 0
    var largestTime = Instant(nanoseconds: 0)

    /// Says whether the number is new.
    mutating func insert(_ number: UInt64, now: Instant) -> Bool {
        unacknowledged += 1
        if let last = ranges.last, last.upperBound + 1 == number {
            ranges[ranges.count - 1] = last.lowerBound...number
            largestTime = now
            return true
        }
        var index = ranges.count
        while index > 0, ranges[index - 1].lowerBound > number { index -= 1 }
        if index > 0, ranges[index - 1].contains(number) { return false }
        if index == ranges.count { largestTime = now }
        ranges.insert(number...number, at: index)
        if index + 1 < ranges.count, ranges[index + 1].lowerBound == number + 1 {
            ranges[index] = number...ranges[index + 1].upperBound
            ranges.remove(at: index + 1)
        }
        if index > 0, ranges[index - 1].upperBound + 1 == number {
            ranges[index - 1] = ranges[index - 1].lowerBound...ranges[index].upperBound
            ranges.remove(at: index)
        }
        if ranges.count > 32 { ranges.removeFirst() }
        return true
    }
}
