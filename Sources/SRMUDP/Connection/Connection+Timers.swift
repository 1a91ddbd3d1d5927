// What happens without a packet: one deadline for each reason, the earliest of them to the outside.
extension Connection {
    /// A deadline that fires this late means that the machine slept.
    static let sleepThreshold: Interval = .seconds(30)

    package var nextTimeout: Instant? {
        let deadline: Instant
        switch state {
        case .closed: return nil
        case .closing(let until), .draining(let until): deadline = until
        case .dialing:
            let due = min(handshakeDue ?? .distantFuture, initiations.deadline)
            deadline = min(due, lastHeard + configuration.hold)
        case .established: deadline = establishedDeadline
        }
        return deadline
    }

    private var establishedDeadline: Instant {
        var deadline = min(lastHeard + configuration.hold, rehandshakeAt)
        if activePath != nil {
            // Without a path nothing can be done about these.
            deadline = min(deadline, lastSent + configuration.keepAlive)
            if let ackDeadline = received.deadline { deadline = min(deadline, ackDeadline) }
        }
        if let handshakeDue { deadline = min(deadline, handshakeDue, initiations.deadline) }
        if let pacingDeadline { deadline = min(deadline, pacingDeadline) }
        if let lossDeadline = outgoing.recovery.nextTimeout {
            deadline = min(deadline, lossDeadline)
        }
        if let silenceDeadline { deadline = min(deadline, silenceDeadline) }
        if let streamDeadline = streams.nextTimeout { deadline = min(deadline, streamDeadline) }
        if let pathDeadline { deadline = min(deadline, pathDeadline) }
        for generation in generations {
            if let retiresAt = generation.retiresAt { deadline = min(deadline, retiresAt) }
        }
        return deadline
    }

    /// Does everything that is due at `now`; may be called early or late.
    package func handleTimeout(now: Instant) {
        switch state {
        case .closed: return
        case .closing(let until), .draining(let until):
            if now >= until { end() }
            return
        case .dialing:
            if let handshakeDue, handshakeDue <= now { handshakeTimeout(now: now) }
            if initiations.deadline <= now { wake() }
        case .established:
            noticeSleep(now: now)
            establishedTimeout(now: now)
        }
        if now >= lastHeard + configuration.hold { finish(.timedOut) }
    }

    private func establishedTimeout(now: Instant) {
        if let pacingDeadline, pacingDeadline <= now {
            self.pacingDeadline = nil
            wake()
        }
        if let ackDeadline = received.deadline, ackDeadline <= now { wake() }
        if let lossDeadline = recovery.nextTimeout, lossDeadline <= now { lossTimeout(now: now) }
        if let handshakeDue, handshakeDue <= now { handshakeTimeout(now: now) }
        if initiations.deadline <= now { wake() }
        if rehandshakeAt <= now {
            rehandshakeAt = now + configuration.rehandshakeInterval
            beginHandshake(now: now)
        }
        if let silenceDeadline, silenceDeadline <= now { answersStopped(now: now) }
        pathTimeouts(now: now)
        if let streamDeadline = streams.nextTimeout, streamDeadline <= now {
            streams.handleTimeout(now: now)
            wake()
        }
        if now >= lastSent + configuration.keepAlive, pendingProbes == 0 {
            pendingProbes = 1
            wake()
        }
        retireGenerations(now: now)
    }

    /// After sleep the NAT has forgotten us and so may the peer have; keys are renewed as well.
    private func noticeSleep(now: Instant) {
        guard let due = nextTimeout, now - due > Self.sleepThreshold else { return }
        rehandshakeAt = now
        if !isSilent { fallSilent(now: now) }
    }

    // MARK: The end

    /// Ends the connection in good order: the peer is told, and everything open is dropped.
    package func close(code: CloseCode, reason: String, now: Instant) {
        switch state {
        case .dialing: finish(.abandoned)
        case .established: beginClosing(.closedLocally(code: code, reason: reason), now: now)
        case .closing, .draining, .closed: return
        }
    }

    /// The peer broke the protocol: it is told which part.
    func violate(_ error: ConnectionError, now: Instant) {
        guard state == .established else { return }
        logger.warning("the peer broke the protocol: \(error)")
        beginClosing(error, now: now)
    }

    private func beginClosing(_ error: ConnectionError, now: Instant) {
        state = .closing(until: now + probeTimeout * 3)
        closePending = true
        settle(error)
        wake()
    }

    /// Ends the connection at once, without a word to the peer.
    func finish(_ error: ConnectionError) {
        guard state != .closed else { return }
        settle(error)
        end()
    }

    /// Another connection with the same peer takes over.
    func supersede() { finish(.superseded) }

    /// A stateless reset with one of the peer's tokens arrived.
    func handleReset() { finish(.peerRestarted) }

    /// Records why the connection ended and says so, once.
    func settle(_ error: ConnectionError) {
        guard self.error == nil else { return }
        self.error = error
        emit(.closed(error))
    }

    private func end() {
        state = .closed
        table.remove(self)
    }
}
