import SRMUDP
import TestSupport
import Testing

@Suite struct RecoveryStateTests {
    @Test("an ACK settles packets, measures the round trip and tells the controller")
    func acknowledgement() throws {
        var sender = SimpleSender()
        sender.send(3)
        sender.pass(40)

        try sender.acknowledge(0...1)

        #expect(sender.recovery.newlyAcked.sorted() == [0, 1])
        #expect(sender.recovery.path(0)?.bytesInFlight == 1_000)
        #expect(sender.recovery.path(0)?.rtt.smoothed == .milliseconds(40))
        let summary = try #require(sender.controllers[0].summaries.first)
        #expect(summary.newlyAckedBytes == 2_000)
        #expect(summary.priorBytesInFlight == 3_000)
        #expect(summary.bytesInFlight == 1_000)
    }

    @Test("the same ACK again changes nothing")
    func repetition() throws {
        var sender = SimpleSender()
        sender.send(5)
        sender.pass(40)
        try sender.acknowledge(1...2)
        sender.recovery.removeSettled(now: sender.now)

        try sender.acknowledge(1...2)

        #expect(sender.recovery.newlyAcked.isEmpty)
        #expect(sender.recovery.path(0)?.bytesInFlight == 3_000)
        #expect(sender.controllers[0].summaries.count == 1)
    }

    @Test("an ACK of a number not used yet is refused")
    func unsent() {
        var sender = SimpleSender()
        sender.send(2)

        #expect(throws: RecoveryError.acknowledgedUnsentPacket(2)) { try sender.acknowledge(0...2) }
        #expect(throws: RecoveryError.acknowledgedUnsentPacket(.max)) {
            try sender.acknowledge(0...UInt64.max)
        }
    }

    @Test("an ACK of a number left out is refused, also after all before it is settled")
    func skipped() throws {
        var sender = SimpleSender()
        sender.send(2)
        sender.recovery.skipPacketNumber(now: sender.now, nextFrame: 2)
        sender.send(2)
        sender.pass(40)
        try sender.acknowledge(0...1)
        sender.recovery.removeSettled(now: sender.now)

        #expect(throws: RecoveryError.acknowledgedSkippedPacket(2)) {
            try sender.acknowledge(0...4)
        }
    }

    @Test("three later packets make a packet lost")
    func packetThreshold() throws {
        var sender = SimpleSender()
        sender.send(4)
        sender.pass(40)

        try sender.acknowledge(1...2)
        #expect(sender.recovery.newlyLost.isEmpty)
        try sender.acknowledge(1...3)

        #expect(sender.recovery.newlyLost == [0])
        #expect(sender.recovery.path(0)?.bytesInFlight == 0)
        #expect(sender.controllers[0].losses.first?.bytes == 1_000)
    }

    @Test("nine eighths of the round trip make an overtaken packet lost")
    func timeThreshold() throws {
        var sender = SimpleSender()
        sender.send(2)
        let deadline = sender.now + .milliseconds(45)
        sender.pass(40)
        try sender.acknowledge(1...1)

        #expect(sender.recovery.nextTimeout == deadline)
        let early = sender.recovery.handleTimeout(now: deadline - .nanoseconds(1))
        #expect(early == .nothing)
        let due = sender.recovery.handleTimeout(now: deadline)
        #expect(due == .lossesDetected)
        #expect(sender.recovery.newlyLost == [0])
        #expect(sender.recovery.nextTimeout == nil)
    }

    @Test("a late ACK of a lost packet is noticed and makes recovery more patient")
    func spurious() throws {
        var sender = SimpleSender()
        sender.send(8)
        sender.pass(40)
        try sender.acknowledge(5...5)
        #expect(sender.recovery.newlyLost == [0, 1, 2])
        sender.recovery.removeSettled(now: sender.now)

        try sender.acknowledge(0...5)

        #expect(sender.controllers[0].spurious == [2, 1, 0])
        #expect(sender.recovery.newlyAcked.count == 5)
        #expect(sender.recovery.packet(0)?.wasLost == true)
        #expect(sender.recovery.path(0)?.bytesInFlight == 2_000)

        sender.send(8)
        sender.pass(1)
        try sender.acknowledge(13...13)
        #expect(sender.recovery.newlyLost == [6, 7])
    }

    @Test("packets are compared with those of their own path only")
    func paths() throws {
        var sender = SimpleSender()
        sender.send(1, path: 0)
        sender.send(10, path: 1)
        sender.pass(40)

        try sender.acknowledge(1...10)

        #expect(sender.recovery.newlyLost.isEmpty)
        #expect(sender.recovery.path(0)?.bytesInFlight == 1_000)
        #expect(sender.recovery.path(1)?.bytesInFlight == 0)

        sender.recovery.removeSettled(now: sender.now)
        sender.recovery.removePath(0)
        #expect(sender.recovery.newlyLost == [0])
        #expect(sender.controllers[0].losses.isEmpty)
    }

    @Test("a late ACK of a removed path's packets is not put down to the path with its number now")
    func reusedPath() throws {
        var sender = SimpleSender()
        // One is outstanding when the path goes, one was given up already, one was a probe.
        sender.send(6)
        sender.send(1, probe: true)
        sender.pass(40)
        try sender.acknowledge(1...5)
        sender.recovery.removeSettled(now: sender.now)
        sender.recovery.removePath(0)
        sender.recovery.removeSettled(now: sender.now)
        let newcomer = RecordingController()
        sender.recovery.addPath(0, controller: newcomer, datagramSize: 1_200)
        let next = sender.send()
        sender.pass(40)

        try sender.acknowledge(0...next)

        #expect(sender.recovery.newlyAcked == [next])
        #expect(newcomer.summaries.map(\.newlyAckedBytes) == [1_000])
        #expect(newcomer.spurious.isEmpty && newcomer.losses.isEmpty)
        #expect(sender.recovery.path(0)?.bytesInFlight == 0)
    }

    @Test("a controller goes on where only the port has changed")
    func portChange() throws {
        let controllers: [any CongestionController] = [
            ModelBased(datagramSize: 1_200), Cubic(datagramSize: 1_200),
        ]
        for controller in controllers {
            var sender = SimpleSender()
            sender.recovery.addPath(2, controller: controller, datagramSize: 1_200)
            for round in UInt64(0)..<20 {
                sender.send(2, path: 2)
                sender.pass(40)
                try sender.acknowledge(2 * round...2 * round + 1)
            }
            sender.send(2, path: 2)

            sender.recovery.addPath(3, controller: controller, datagramSize: 1_200)
            sender.send(2, path: 3)
            sender.pass(40)
            try sender.acknowledge(42...43)
            try sender.acknowledge(40...43)

            #expect(sender.recovery.path(3)?.rtt.smoothed == .milliseconds(40))
            #expect(sender.recovery.path(3)?.deliveredBytes == 42_000)
            #expect(sender.recovery.path(2)?.bytesInFlight == 0)
        }
    }

    @Test("probes are due after the timeout, doubled each time, up to five seconds")
    func probeTimeout() throws {
        var sender = SimpleSender()
        sender.send(1)
        sender.pass(40)
        try sender.acknowledge(0...0)
        sender.send(1)
        var intervals: [Double] = []

        for count in 1...9 {
            let timeout = sender.recovery.nextTimeout
            let deadline = try #require(timeout)
            intervals.append((deadline - sender.now).milliseconds)
            sender.now = deadline
            let action = sender.recovery.handleTimeout(now: deadline)
            #expect(action == .probe(pathID: 0, count: count))
            sender.send(1)
        }

        // 40 + 4 * 20 + 25
        #expect(intervals == [145, 290, 580, 1_160, 2_320, 4_640, 5_000, 5_000, 5_000])
        sender.pass(40)
        try sender.acknowledge(10...10)
        #expect(sender.recovery.path(0)?.probeTimeoutCount == 0)
        #expect(sender.controllers[0].persistentCongestions == 1)
    }

    @Test("a lost MTU probe is no congestion")
    func probeLoss() throws {
        var sender = SimpleSender()
        sender.send(1, probe: true)
        sender.send(3)
        sender.pass(40)

        try sender.acknowledge(1...3)

        #expect(sender.recovery.newlyLost == [0])
        #expect(sender.controllers[0].losses.isEmpty)
        #expect(sender.recovery.path(0)?.bytesInFlight == 0)
    }

    @Test("packets that elicit nothing take no window and no memory")
    func untracked() throws {
        var sender = SimpleSender()
        for _ in 0..<100 {
            sender.send(1, eliciting: false)
            sender.recovery.removeSettled(now: sender.now)
        }

        #expect(sender.recovery.untrackedInARow == 100)
        #expect(sender.recovery.nextTimeout == nil)
        #expect(sender.recovery.oldestFrame == nil)
        try sender.acknowledge(0...99)
        #expect(sender.recovery.newlyAcked.isEmpty)
    }

    @Test("an exaggerated delay is cut to the agreed maximum")
    func exaggeratedDelay() throws {
        var sender = SimpleSender()
        sender.send(1)
        sender.pass(40)
        try sender.acknowledge(0...0)
        sender.send(1)
        sender.pass(200)

        try sender.acknowledge(1...1, delay: .seconds(1_000))

        #expect(sender.recovery.path(0)?.rtt.smoothed == .microseconds(56_875))
    }

    @Test("whatever the peer acknowledges, the accounts agree", arguments: [UInt64(1), 2, 3, 4, 5])
    func random(_ seed: UInt64) throws {
        print("seed \(seed)")
        let random = SeededRandomSource(seed: seed)
        var sender = SimpleSender()
        for _ in 0..<3_000 {
            switch random.next() % 6 {
            case 0, 1: sender.send(Int(random.next() % 8), path: UInt8(random.next() % 2))
            case 2: sender.send(1, eliciting: false)
            case 3: sender.pass(Int64(random.next() % 20))
            case 4:
                let end = sender.recovery.nextPacketNumber
                guard end > 0 else { continue }
                let upper = end - 1 - random.next() % min(end, 40)
                try sender.acknowledge((upper - random.next() % min(upper + 1, 30))...upper)
            default: _ = sender.recovery.handleTimeout(now: sender.now)
            }
            sender.recovery.removeSettled(now: sender.now)
            for id in UInt8(0)...1 {
                #expect(sender.recovery.path(id)?.bytesInFlight == outstanding(sender, path: id))
            }
        }
    }

    private func outstanding(_ sender: borrowing SimpleSender, path: UInt8) -> Int {
        guard var number = sender.recovery.oldestOutstanding(path: path) else { return 0 }
        var bytes = 0
        while let packet = sender.recovery.packet(number) {
            if packet.state == .outstanding, packet.pathID == path { bytes += Int(packet.size) }
            number += 1
        }
        return bytes
    }
}
