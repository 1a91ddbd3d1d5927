import SRMUDP

/// What went wrong in a schedule.
package struct ScheduleProblem: CustomStringConvertible {
    package enum Kind: Sendable {
        case violation, closed, excess, doesNotDrain, noisy
    }

    package let kind: Kind
    package var description: String
}

/// Lives a schedule through and says what went wrong.
package final class ScheduleRunner {
    /// A fault that ends by itself.
    private enum Relief {
        case endBlackout(from: Side)
        case endPause(Side)
    }

    /// How long everything may take to drain once the network is good again.
    package static let drainLimit: Interval = .seconds(120)
    /// Datagrams kept for being replayed.
    private static let replayLimit = 2_000
    private static let junkSender = SocketAddress.simulated(host: 998)
    private static let replayer = SocketAddress.simulated(host: 999)

    package let pair: Pair
    private let schedule: Schedule
    private let random: SeededRandomSource
    private var reliefs = EventQueue<Relief>()
    private var nextHost: UInt16 = 100

    package init(_ schedule: Schedule, logger: Logger = .silent) {
        self.schedule = schedule
        random = SeededRandomSource(seed: schedule.seed ^ 0x0b5e)
        var options = Pair.Options()
        options.conditions = schedule.conditions
        options.configuration = schedule.configuration
        options.logger = logger
        pair = Pair(seed: schedule.seed, options: options)
        guard let conditions = schedule.relay else { return }
        pair.network.add(
            SimulatedRelay(
                .init(host: pair.host(.left), address: Self.link(of: .left)),
                .init(host: pair.host(.right), address: Self.link(of: .right)),
                conditions: conditions))
    }

    private static func link(of side: Side) -> SocketAddress {
        LinkAddress(.relay, number: UInt32(side.rawValue)).socketAddress
    }

    /// - Returns: what went wrong; nil if nothing did.
    package func run() -> ScheduleProblem? {
        pair.network.isCapturing = true
        dial(from: .left)
        if schedule.bothDial { dial(from: .right) }
        for (index, operation) in schedule.operations.enumerated() {
            perform(operation)
            advance(.microseconds(Int64(random.next(below: 30_000))))
            if let problem = problem("after operation \(index)") { return problem }
        }
        return drain()
    }

    private func dial(from side: Side) {
        let peer = pair.network.address(of: pair.host(side.opposite))
        pair.dial(from: side, to: [peer] + (schedule.relay == nil ? [] : [Self.link(of: side)]))
    }

    private func problem(_ moment: String) -> ScheduleProblem? {
        func problem(_ kind: ScheduleProblem.Kind, _ text: String) -> ScheduleProblem {
            ScheduleProblem(kind: kind, description: "\(moment): \(text)")
        }
        if let violation = pair.violations.first { return problem(.violation, violation) }
        for side in Side.allCases {
            if let error = pair[side].closed.first {
                return problem(.closed, "\(side) closed: \(error)")
            }
            if let excess = pair[side].excess() { return problem(.excess, "\(side): \(excess)") }
            if let violation = securityViolation(of: side) { return problem(.violation, violation) }
        }
        if pair.network.captured.count > Self.replayLimit { pair.network.dropCaptured() }
        return nil
    }

    /// More packets accepted than were ever sealed (I5), or more bytes sent to an address that is
    /// nobody's than three times what came from it (I3).
    private func securityViolation(of side: Side) -> String? {
        let accepted = pair[side].connection?.statistics.packetsReceived ?? 0
        if accepted > UInt64(pair[side.opposite].dataPacketsSent) {
            return "\(side) accepted \(accepted) packets, more than were sent"
        }
        for stranger in [Self.junkSender, Self.replayer] {
            let traffic = pair.network.traffic.between(pair.host(side), stranger)
            if traffic.bytesSent > 3 * traffic.bytesReceived {
                return "\(side) sent \(traffic.bytesSent) bytes to a stranger"
            }
        }
        return nil
    }

    /// Makes the network good and waits until all streams are settled.
    private func drain() -> ScheduleProblem? {
        relieveAll()
        // Two hosts that both moved can only meet again where they were known.
        for side in Side.allCases {
            let home = Pair.firstAddress(of: side)
            if pair.network.address(of: pair.host(side)) != home {
                pair.network.rebind(pair.host(side), to: home)
            }
        }
        pair.network.setConditionsBothWays(
            .delay(.milliseconds(20)), pair.host(.left), pair.host(.right))
        for relay in pair.network.relays {
            relay.changeConditions { $0 = .delay(.milliseconds(30)) }
        }
        var isWoundUp = false
        let isSettled = pair.drive(for: Self.drainLimit) {
            guard let left = pair.left.connection, let right = pair.right.connection,
                left.isEstablished, right.isEstablished
            else { return false }
            if !isWoundUp {
                isWoundUp = true
                pair.left.windUp()
                pair.right.windUp()
            }
            return pair.ledger.unsettled.isEmpty && pair.left.isWoundUp && pair.right.isWoundUp
        }
        if let problem = problem("while draining") { return problem }
        if !isSettled {
            let states = Side.allCases.map { pair[$0].summary }
            return ScheduleProblem(
                kind: .doesNotDrain,
                description: "does not drain: \(states) \(pair.ledger.unsettled.prefix(4))")
        }
        return quiet()
    }

    /// With nothing left to say, only keep-alives may leave.
    private func quiet() -> ScheduleProblem? {
        pair.drive(for: .seconds(20))
        let before = pair.left.dataPacketsSent + pair.right.dataPacketsSent
        pair.drive(for: .seconds(100))
        let sent = pair.left.dataPacketsSent + pair.right.dataPacketsSent - before
        if let problem = problem("when quiet") { return problem }
        // Two sides, a keep-alive each 15 s with its ACK, and key exchanges if they are frequent.
        // A relay is kept warm as well.
        let limit =
            (schedule.configuration.rehandshakeInterval < .seconds(100) ? 600 : 160)
            + (schedule.relay == nil ? 0 : 100)
        guard sent > limit else { return nil }
        return ScheduleProblem(
            kind: .noisy, description: "an idle pair sent \(sent) packets in 100 s")
    }

    // MARK: operations

    private func perform(_ operation: TestOperation) {
        switch operation {
        case .openStream(let side, let bytes, let ending):
            pair[side].open(bytes: bytes, ending: ending)
        case .write(let side, let stream, let bytes):
            pair[side].write(bytes: bytes, to: stream)
        case .finish(let side, let stream): pair[side].finish(stream: stream)
        case .reset(let side, let stream): pair[side].reset(stream: stream)
        case .stopReading(let side, let stream): pair[side].stopReading(stream: stream)
        case .stallReading(let side, let stream):
            pair[side].application.stallReading(stream: stream)
        case .resumeReading(let side, let stream): pair[side].resumeReading(stream: stream)
        case .changeConditions(let side, let conditions):
            pair.network.setConditions(
                conditions, from: pair.host(side), to: pair.host(side.opposite))
        case .blackout(let side, let interval): beginBlackout(from: side, interval)
        case .totalBlackout(let interval):
            beginBlackout(from: .left, interval)
            beginBlackout(from: .right, interval)
        case .rebind(let side):
            nextHost += 1
            pair.network.rebind(pair.host(side), to: .simulated(host: nextHost))
        case .pause(let side, let interval):
            pair.network.pause(pair.host(side))
            reliefs.schedule(.endPause(side), at: pair.network.now + interval)
        case .updateKeys(let side): pair[side].updateKeys(now: pair.network.now)
        case .handshakeAgain(let side): pair[side].handshakeAgain(now: pair.network.now)
        case .replayOldDatagrams(let count): replay(count)
        case .junk(let side, let count): sendJunk(to: side, count)
        case .relay(let isAlive):
            for relay in pair.network.relays { relay.isAlive = isAlive }
        case .networkChanged(let side):
            pair[side].connection?.networkChanged(now: pair.network.now)
        case .tellCandidates(let side): tellCandidates(of: side)
        case .handOver(let side):
            if !pair.network.isPaused(pair.host(side)) { pair.handOver(side) }
        case .advance(let interval): advance(interval)
        }
        for side in Side.allCases { pair.network.flush(pair.host(side)) }
    }

    private func tellCandidates(of side: Side) {
        let here = pair.network.address(of: pair.host(side))
        let nowhere = SocketAddress.simulated(host: 700 + UInt16(random.next(below: 20)))
        pair[side].connection?.setLocalCandidates(
            [Candidate(.host, here), Candidate(.reflexive, nowhere)], now: pair.network.now)
    }

    private func beginBlackout(from side: Side, _ interval: Interval) {
        pair.network.changeConditions(from: pair.host(side), to: pair.host(side.opposite)) {
            $0.isBlackout = true
        }
        reliefs.schedule(.endBlackout(from: side), at: pair.network.now + interval)
    }

    private func replay(_ count: Int) {
        let captured = pair.network.captured
        guard !captured.isEmpty else { return }
        for _ in 0..<count {
            var datagram = captured[Int(random.next(below: UInt64(captured.count)))]
            if random.flip(0.3) { datagram.source = Self.replayer }
            pair.network.inject(datagram, after: .milliseconds(Int64(random.next(below: 50))))
        }
    }

    private func sendJunk(to side: Side, _ count: Int) {
        let kinds: [UInt8] = [0x80, 0x81, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0x00, 0xff]
        for _ in 0..<count {
            var bytes = random.bytes(count: Int(random.next(below: 1_300)))
            if !bytes.isEmpty { bytes[0] = kinds[Int(random.next(below: UInt64(kinds.count)))] }
            pair.network.inject(
                SimulatedDatagram(
                    bytes: bytes, source: Self.junkSender,
                    destination: pair.network.address(of: pair.host(side))))
        }
    }

    // MARK: time

    private func advance(_ interval: Interval) {
        let end = pair.network.now + interval
        while pair.violations.isEmpty {
            let next = min(end, reliefs.nextTime ?? end)
            pair.drive(for: max(.zero, next - pair.network.now))
            while let relief = reliefs.popDue(at: pair.network.now) { apply(relief) }
            if pair.network.now >= end { return }
        }
    }

    private func relieveAll() {
        while let time = reliefs.nextTime {
            while let relief = reliefs.popDue(at: time) { apply(relief) }
        }
    }

    private func apply(_ relief: Relief) {
        switch relief {
        case .endBlackout(let side):
            pair.network.changeConditions(from: pair.host(side), to: pair.host(side.opposite)) {
                $0.isBlackout = false
            }
        case .endPause(let side): pair.network.resume(pair.host(side))
        }
    }
}
