import SRMUDP

// The end of a node: first of what goes on, then of what it listens at.
extension Node {
    /// How long flows may go on when the program is told to end.
    private static let drainTime: Interval = .seconds(5)

    /// Lets all flows finish for a while, tells all peers good-bye, and calls `completion`.
    ///
    /// Called again, it does not wait any longer.
    package func drain(completion: @escaping () -> Void) {
        guard !isDraining else {
            for session in sessions { session.end(code: .goingAway, reason: "going away") }
            meeting?.stop()
            return completion()
        }
        isDraining = true
        let ends = sessions.filter { session in !vias.contains { $0 === session } }
        drain(
            [ends] + vias.reversed().map { [$0] }, until: loop.now + Self.drainTime,
            leavingNothing(completion))
    }

    /// Drains one group of sessions after the other: what leads to others goes last.
    private func drain(
        _ groups: [[Session]], until deadline: Instant, _ completion: @escaping () -> Void
    ) {
        guard let group = groups.first else { return completion() }
        var remaining = group.count
        let next = { [unowned self] in
            // What the group had to say leaves at the end of a turn.
            let rest = Array(groups.dropFirst())
            guard !rest.isEmpty else { return completion() }
            loop.schedule(after: .milliseconds(20)) { [unowned self] in
                drain(rest, until: deadline, completion)
            }
        }
        guard !group.isEmpty else { return next() }
        for session in group {
            session.drain(until: deadline) {
                remaining -= 1
                if remaining == 0 { next() }
            }
        }
    }

    /// Routers are told as well that nobody is here any more, and notes are written.
    private func leavingNothing(_ completion: @escaping () -> Void) -> () -> Void {
        { [unowned self] in
            meeting?.stop()
            let write = { [notes] in notes.finish(completion) }
            guard let portMappings else { return write() }
            portMappings.release(write)
        }
    }

    /// Closes what others may want to listen at, once everybody was told good-bye.
    func close() {
        remoteListeners.close()
        driver.stop()
    }
}
