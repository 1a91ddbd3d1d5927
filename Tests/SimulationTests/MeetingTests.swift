import SRMUDP
import TestSupport
import Testing

/// How two endpoints find each other, the first time and again.
@Suite("Meeting")
struct MeetingTests {
    @Test("both dial at once and have one connection, whatever the order", arguments: 0..<20)
    func bothDial(seed: UInt64) {
        var options = Pair.Options()
        options.conditions = .delay(.milliseconds(20))
        options.conditions.jitter = .milliseconds(10)
        options.conditions.keepsOrder = false
        let pair = Pair(seed: seed, options: options)

        pair.dial(from: .left)
        pair.drive(for: .milliseconds(Int64(seed) * 3))
        pair.dial(from: .right)
        pair.drive(for: .seconds(2))
        pair.open(from: .left, bytes: 100_000)
        pair.open(from: .right, bytes: 100_000)
        let settled = pair.drive(for: .seconds(30)) {
            pair.isRead(from: .left) && pair.isRead(from: .right)
        }

        #expect(settled, "\(pair.summaries)")
        #expect(pair.left.endpoint.connections.count == 1)
        #expect(pair.right.endpoint.connections.count == 1)
        #expect(pair.left.closed.isEmpty && pair.right.closed.isEmpty)
        #expect(pair.violations.isEmpty, "\(pair.violations)")
    }

    @Test("flows opened before the other side dials too are kept", arguments: 0..<10)
    func dialBack(seed: UInt64) {
        let pair = Pair(seed: seed)
        #expect(pair.connect())
        pair.open(from: .left, bytes: 1_000_000)
        pair.drive(for: .milliseconds(40))

        pair.right.handshakeAgain(now: pair.network.now)
        pair.left.handshakeAgain(now: pair.network.now)
        let settled = pair.driveUntilRead(from: .left, within: .seconds(30))

        #expect(settled, "\(pair.summaries)")
        #expect(pair.violations.isEmpty, "\(pair.violations)")
    }

    @Test("a peer whose process was killed is noticed within a second of asking")
    func peerRestarted() {
        let pair = Pair(seed: 1)
        #expect(pair.connect())
        pair.drive(for: .seconds(1))

        pair.restart(.right)
        pair.open(from: .left, bytes: 1_000)
        let noticed = pair.drive(for: .seconds(1)) { !pair.left.closed.isEmpty }

        #expect(noticed, "\(pair.summaries)")
        #expect(pair.left.closed == [.peerRestarted])
    }

    @Test("a peer that was killed is dialled again")
    func dialAfterRestart() {
        let pair = Pair(seed: 2)
        #expect(pair.connect())
        pair.restart(.right)
        pair.drive(for: .seconds(60)) { !pair.left.closed.isEmpty }

        let connected = pair.connect(from: .left)

        #expect(connected, "\(pair.summaries)")
        #expect(pair.left.endpoint.connections.count == 1)
    }

    @Test("a killed peer that dials takes the old connection's place at once")
    func dialFromRestarted() {
        let pair = Pair(seed: 3)
        #expect(pair.connect())

        pair.restart(.right)
        let connected = pair.connect(from: .right)

        #expect(connected, "\(pair.summaries)")
        #expect(pair.left.endpoint.connections.count == 1)
        #expect(pair.left.connection?.isEstablished == true)
    }

    @Test("a dialler that nobody answers goes on asking until the hold ends, ever more seldom")
    func nobodyAnswers() {
        var options = Pair.Options()
        options.conditions.isBlackout = true
        options.configuration.hold = .seconds(300)
        let pair = Pair(seed: 4, options: options)

        pair.dial()
        pair.drive(for: .seconds(200))
        let sent = pair.left.datagramsSent
        pair.drive(for: .seconds(200))

        #expect((35...60).contains(sent))
        #expect(pair.left.closed == [.timedOut])
        #expect(pair.network.nextEventTime == nil)
    }

    @Test("closing tells the other side why")
    func close() {
        let pair = Pair(seed: 5)
        #expect(pair.connect())

        pair.left.connection?.close(code: .goingAway, reason: "bye", now: pair.network.now)
        pair.drive(for: .seconds(10))

        #expect(pair.left.closed == [.closedLocally(code: .goingAway, reason: "bye")])
        #expect(pair.right.closed == [.closedByPeer(code: .goingAway, reason: "bye")])
        #expect(pair.left.endpoint.connections.isEmpty)
        #expect(pair.right.endpoint.connections.isEmpty)
        #expect(pair.network.nextEventTime == nil)
    }

    @Test("keys are renewed in mid-transfer while packets overtake each other")
    func keyUpdates() {
        var options = Pair.Options()
        options.configuration.keyUpdatePackets = 20
        options.conditions = .delay(.milliseconds(10))
        options.conditions.jitter = .milliseconds(10)
        options.conditions.keepsOrder = false
        options.conditions.reordering = 0.05
        options.conditions.loss = 0.02
        let pair = Pair(seed: 6, options: options)
        #expect(pair.connect())

        pair.open(from: .left, bytes: 1_000_000)
        let settled = pair.driveUntilRead(from: .left, within: .seconds(120))

        #expect(settled, "\(pair.summaries)")
        #expect((pair.left.connection?.statistics.keyUpdates ?? 0) > 5)
        #expect(pair.violations.isEmpty, "\(pair.violations)")
    }

    @Test("no byte of a flow can be read on its way, and none leaves before the peer is known")
    func secrecy() {
        let pair = Pair(seed: 7)
        pair.network.isCapturing = true
        pair.setBlackout(true, from: .right)
        pair.dial()
        pair.left.open(bytes: 5_000, ending: .finish)
        pair.drive(for: .seconds(10))
        let early = pair.network.captured.filter { $0.source == Pair.leftAddress }
        pair.setBlackout(false, from: .right)
        #expect(pair.drive(for: .seconds(20)) { !pair.left.application.streams.isEmpty })
        #expect(pair.driveUntilRead(from: .left, within: .seconds(10)))

        #expect(!early.isEmpty)
        #expect(early.allSatisfy { $0.bytes.first == 0xf1 })
        for stream in pair.left.application.streams {
            let pattern = pair.ledger.pattern(of: stream, from: .left)
            let content = pattern.bytes(from: 100, count: 16)
            for datagram in pair.network.captured {
                #expect(!datagram.bytes.contains(content))
            }
        }
    }

    @Test("who is not known gets no answer at all")
    func unknownPeer() {
        let pair = Pair(seed: 8)
        let stranger = Pair(seed: 9)

        stranger.network.isCapturing = true
        stranger.dial()
        for var datagram in stranger.network.captured {
            datagram.source = .simulated(host: 66)
            datagram.destination = Pair.rightAddress
            pair.network.inject(datagram)
        }
        pair.drive(for: .seconds(10))

        let traffic = pair.network.traffic.between(pair.host(.right), .simulated(host: 66))
        #expect(traffic.bytesReceived == 1_200)
        #expect(traffic.bytesSent == 0)
        #expect(pair.right.endpoint.connections.isEmpty)
    }
}
