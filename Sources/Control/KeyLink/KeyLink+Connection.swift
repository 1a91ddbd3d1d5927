import SRMUDP

// What happens on the connections of a link, and the two streams with its messages.
extension KeyLink {
    /// After so many messages the other end is told at once that they were delivered, ...
    private static let receiptCount: UInt64 = 64
    /// ... and after this time in any case.
    private static let receiptTime: Interval = .milliseconds(50)
    /// How long a living connection may take to show that it lives.
    private static let challengeTime: Interval = .milliseconds(1_500)

    // MARK: Events

    /// Somebody who holds the key dialled us.
    func accepted(_ newcomer: Connection) {
        guard newcomer !== connection else { return }
        guard let connection, isHeard else { return replaceConnection(by: newcomer) }
        guard challenger == nil else {
            return newcomer.close(code: .refused, reason: "another one came first", now: loop.now)
        }
        // Perhaps the other end was started anew; perhaps somebody else has the key too. Who is
        // there stays, if it says so now.
        challenger = newcomer
        connection.networkChanged(now: loop.now)
        challengeTimer = loop.schedule(after: Self.challengeTime) { [weak self] in
            self?.decideChallenge()
        }
    }

    /// Whether the other end of the connection is there. One without a path is never silent, so that
    /// what is known of its life counts.
    private var isHeard: Bool {
        guard let connection else { return false }
        return connection.isEstablished && !connection.isSilent && life.maySend
    }

    private func decideChallenge() {
        if let challengeTimer { loop.cancel(challengeTimer) }
        challengeTimer = nil
        guard let newcomer = challenger else { return }
        challenger = nil
        if isHeard {
            newcomer.close(code: .refused, reason: "another one has the link", now: loop.now)
        } else if newcomer.isEstablished {
            replaceConnection(by: newcomer)
        }
    }

    private func replaceConnection(by newcomer: Connection) {
        if let old = connection {
            connection = nil
            let error = old.error ?? .superseded
            old.close(code: .goingAway, reason: "another connection", now: loop.now)
            connectionLost(error)
        }
        connection = newcomer
        connected()
    }

    func handle(_ event: ConnectionEvent, of source: Connection) {
        if source === challenger, case .closed = event { challenger = nil }
        guard source === connection else { return }
        switch event {
        case .established: connected()
        case .silent:
            life.silent(now: loop.now)
            perform([])
        case .heard: heard()
        case .closed(let error):
            connection = nil
            connectionLost(error)
            if challengeTimer != nil { decideChallenge() }
        case .pathChanged: if !source.isSilent { heard() }
        case .candidates, .datagram: break
        }
    }

    func handle(_ event: StreamEvent, of source: Connection) {
        guard source === connection else { return }
        switch event {
        case .opened(let stream): if stream != receiveStream { violate(.stream) }
        case .readable(let stream) where stream == receiveStream: readMessages()
        case .writable(let stream) where stream == sendStream: writeMessages()
        case .reset, .stopped, .closed: violate(.stream)
        case .readable, .writable, .finished: break
        }
    }

    private func heard() {
        endDial(isAnswered: true)
        perform(life.heard(now: loop.now))
        writeMessages()
    }

    // MARK: Beginning and end

    /// There is a connection: our stream begins with a greeting.
    func connected() {
        guard let connection, sendStream == nil else { return }
        endDial(isAnswered: true)
        if let dialTimer { loop.cancel(dialTimer) }
        dialTimer = nil
        guard let stream = connection.openStream() else { return violate(.stream) }
        sendStream = stream
        // Of a challenger that won nobody has listened to what its streams told so far.
        receiveStream = StreamID(index: 0, parity: stream.parity.opposite)
        outbox.begin()
        life.connected(now: loop.now)
        writeMessages()
        perform([])
        readMessages()
    }

    private func connectionLost(_ error: ConnectionError) {
        endDial(isAnswered: false)
        if let receiptTimer { loop.cancel(receiptTimer) }
        receiptTimer = nil
        sendStream = nil
        receiveStream = nil
        reader = KeyLinkReader()
        deliveredCount = 0
        receiptedCount = 0
        let unconfirmed = outbox.restart()
        perform(life.lost(error, unconfirmed: unconfirmed, now: loop.now))
        // Whoever waits for confirmations waits no longer.
        if unconfirmed > 0 { loop.schedule(at: loop.now) { [weak self] in self?.drained() } }
    }

    private func violate(_ violation: KeyLinkViolation) {
        guard let connection else { return }
        logger.warning("the other end of a link sent \(violation)")
        connection.close(code: .protocolViolation, reason: "\(violation)", now: loop.now)
    }

    // MARK: Messages

    /// Has the stream take as much as it does now.
    func writeMessages() {
        guard let connection, let sendStream else { return }
        connection.withStreams { streams in
            outbox.write(messagesToo: life.maySend) { bytes in streams.write(sendStream, bytes) }
        }
        guard noteQueue() else { return }
        loop.schedule(at: loop.now) { [weak self] in self?.drained() }
    }

    /// Hands over the messages that have arrived.
    func readMessages() {
        while !isPaused, let connection, let stream = receiveStream, connection.isEstablished {
            switch nextFrame(of: stream, connection) {
            case .success(let frame?): take(frame)
            case .success(nil): return
            case .failure(let violation): return violate(violation)
            }
        }
    }

    /// - Returns: nil if no frame is complete.
    private func nextFrame(
        of stream: StreamID, _ connection: Connection
    ) -> Result<KeyLinkFrame?, KeyLinkViolation> {
        connection.withStreams { streams in
            while true {
                var taken = 0
                let result = Result { () throws(KeyLinkViolation) in
                    try streams.withReadableBytes(stream) { bytes throws(KeyLinkViolation) in
                        try reader.next(in: bytes, from: &taken)
                    }
                }
                if taken > 0 { streams.consume(stream, taken, now: loop.now) }
                if case .success(nil) = result, taken > 0 { continue }
                guard case .success(nil) = result else { return result }
                switch streams.readingEnd(stream) {
                case .open, nil: return result
                case .finished, .reset: return .failure(.stream)
                }
            }
        }
    }

    private func take(_ frame: KeyLinkFrame) {
        switch frame {
        case .greeting:
            let actions = life.greeted(now: loop.now)
            // Without a path that is known to lead there, the connection cannot notice a silence.
            if connection?.currentPath == nil { life.silent(now: loop.now) }
            perform(actions)
            writeMessages()
        case .message(let message):
            deliveredCount += 1
            scheduleReceipt()
            received(message)
        case .receipt(let count):
            do throws(KeyLinkViolation) {
                try outbox.confirm(count)
            } catch {
                return violate(error)
            }
            if unconfirmedCount == 0 { confirmed() }
        }
    }

    private func scheduleReceipt() {
        guard deliveredCount - receiptedCount < Self.receiptCount else { return sendReceipt() }
        guard receiptTimer == nil else { return }
        receiptTimer = loop.schedule(after: Self.receiptTime) { [weak self] in
            self?.receiptTimer = nil
            self?.sendReceipt()
        }
    }

    private func sendReceipt() {
        guard deliveredCount > receiptedCount else { return }
        receiptedCount = deliveredCount
        outbox.addReceipt(deliveredCount)
        writeMessages()
    }
}
