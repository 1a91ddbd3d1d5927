internal import CSystem

/// Waits for files and deadlines on one thread and calls their handlers, one after the other.
///
/// A turn: wait, read the clock once, serve ready files (at most 256), posted work, due timers,
/// then the turn hooks, in which the endpoint handles its deadlines and sends what has gathered.
/// Everything runs to completion; only `mailbox` may be used from other threads.
///
/// Readiness is level-triggered. A number that is closed and opened anew within one turn gets no
/// event of its former owner: each registration has a generation, and events name theirs.
package final class EventLoop {
    /// The time at which the current turn began; `now` of all that is called in it.
    package var now: Instant { turnStart }
    package let mailbox: LoopMailbox

    private var turnStart: Instant
    private let poll: FileDescriptor
    private let alarm: FileDescriptor
    /// What `alarm` is set to, if that lies ahead.
    private var alarmDeadline = Instant.distantFuture
    private var registrations: [Registration] = []
    private var timers = TimerHeap()
    private var turnHooks: [TurnHook] = []
    private var events: [csystem_event]
    private var isStopping = false
    private var hasMoreWork = false
    private var signals: SignalReader?

    package init() throws(SystemError) {
        mailbox = try LoopMailbox()
        poll = try FileDescriptor("epoll_create", csystem_poll_create())
        alarm = try FileDescriptor("timerfd_create", csystem_timer_create())
        turnStart = Instant(nanoseconds: csystem_now())
        let none = csystem_event(descriptor: 0, generation: 0, readiness: 0)
        events = Array(repeating: none, count: Int(CSYSTEM_POLL_MAXIMUM))
        _ = csystem_ignore_broken_pipe()
        for number in [mailbox.wakeup.number, alarm.number] {
            try SystemError.check(
                "epoll_ctl",
                csystem_poll_add(poll.number, number, 0, Readiness.readable.rawValue))
        }
    }

    // MARK: Running

    /// Runs turns until `stop` is called.
    package func run() throws(SystemError) {
        isStopping = false
        while !isStopping { try runTurn() }
    }

    /// Ends `run` after the current turn.
    package func stop() { isStopping = true }

    /// Makes the next turn follow at once, for work that was left over or has just appeared after
    /// its hook ran.
    package func requestTurn() { hasMoreWork = true }

    /// Runs one turn, which waits for at most `limit`.
    package func runTurn(waitingAtMost limit: Interval? = nil) throws(SystemError) {
        let wait = waitingTime(limit: limit)
        hasMoreWork = false
        let count = try SystemError.check(
            "epoll_wait", csystem_poll_wait(poll.number, &events, wait?.nanoseconds ?? -1))
        // The clock does not go backwards, but nothing here should have to rely on that.
        turnStart = max(now, Instant(nanoseconds: csystem_now()))
        for index in 0..<Int(count) { deliver(events[index]) }
        callDueTimers()
        for hook in turnHooks where !hook.isRemoved {
            hook.deadline = hook.call(now) ?? .distantFuture
        }
    }

    // MARK: Files

    /// Calls `handler` whenever the open file `descriptor` is ready. The handler is held until
    /// `unregister`, which must come before the file is closed.
    package func register(
        _ descriptor: Int32, for interest: Readiness, handler: any EventHandler
    ) throws(SystemError) {
        let index = Int(descriptor)
        while registrations.count <= index { registrations.append(Registration()) }
        precondition(registrations[index].handler == nil, "the file is registered already")
        let generation = registrations[index].generation &+ 1
        try SystemError.check(
            "epoll_ctl",
            csystem_poll_add(poll.number, descriptor, generation, interest.rawValue))
        registrations[index] = Registration(
            handler: handler, generation: generation, interest: interest)
    }

    /// Changes what a registered file is watched for. With no interest only a hangup is reported,
    /// and that once.
    package func update(_ descriptor: Int32, for interest: Readiness) {
        let index = Int(descriptor)
        precondition(
            registrations.indices.contains(index) && registrations[index].handler != nil,
            "the file is not registered")
        let registration = registrations[index]
        guard registration.interest != interest else { return }
        registrations[index].interest = interest
        registrations[index].isParked = false
        // The file is open and known to the poll (or known to be removed), and changing it needs
        // no memory: neither call has a reason to fail.
        if registration.isParked {
            _ = csystem_poll_add(
                poll.number, descriptor, registration.generation, interest.rawValue)
        } else {
            _ = csystem_poll_modify(
                poll.number, descriptor, registration.generation, interest.rawValue)
        }
    }

    /// Ends the registration of a file, if there is one; no event of it arrives afterwards.
    package func unregister(_ descriptor: Int32) {
        let index = Int(descriptor)
        guard registrations.indices.contains(index), registrations[index].handler != nil else {
            return
        }
        if !registrations[index].isParked { _ = csystem_poll_remove(poll.number, descriptor) }
        registrations[index] = Registration(generation: registrations[index].generation)
    }

    // MARK: Deadlines

    /// Calls `closure` once, in the first turn at or after `deadline`, never from within here.
    @discardableResult
    package func schedule(at deadline: Instant, _ closure: @escaping () -> Void) -> TimerID {
        timers.insert(at: deadline, closure)
    }

    @discardableResult
    package func schedule(after interval: Interval, _ closure: @escaping () -> Void) -> TimerID {
        timers.insert(at: now + interval, closure)
    }

    /// Forgets a timer; without effect if it was called already.
    package func cancel(_ timer: TimerID) { timers.cancel(timer) }

    /// Calls `hook` at the end of each turn. It returns when it wants to be called next at the
    /// latest, or `nil`.
    @discardableResult
    package func addTurnHook(_ hook: @escaping (_ now: Instant) -> Instant?) -> TurnHook {
        let hook = TurnHook(hook)
        turnHooks.append(hook)
        hasMoreWork = true
        return hook
    }

    package func removeTurnHook(_ hook: TurnHook) {
        hook.isRemoved = true
        turnHooks.removeAll { $0 === hook }
    }

    // MARK: Signals

    /// Calls `handler` with the number of each signal of the list that arrives.
    ///
    /// To be called once, before other threads start: the signals are blocked in this thread and
    /// its descendants. A program that is started by this one inherits the mask.
    package func onSignal(
        _ numbers: [Int32], _ handler: @escaping (Int32) -> Void
    ) throws(SystemError) {
        precondition(signals == nil, "signals are handled already")
        let reader = SignalReader(
            descriptor: try FileDescriptor(
                "signalfd", csystem_signals_create(numbers, Int32(numbers.count))),
            handler: handler)
        try register(reader.descriptor.number, for: .readable, handler: reader)
        signals = reader
    }

    // MARK: Parts of a turn

    private func deliver(_ event: csystem_event) {
        if event.descriptor == mailbox.wakeup.number {
            for work in mailbox.collect() { work() }
            return
        }
        if event.descriptor == alarm.number {
            _ = csystem_timer_consume(alarm.number)
            alarmDeadline = .distantFuture
            return
        }
        let index = Int(event.descriptor)
        let registration = registrations[index]
        guard registration.generation == event.generation, let handler = registration.handler
        else { return }
        var readiness = Readiness(rawValue: event.readiness)
        if readiness.contains(.hangup) {
            readiness.formUnion(registration.interest)
            // Level-triggered and impossible to decline, a hangup would keep the loop spinning
            // while a handler has reason to leave the rest unread for a time.
            if registration.interest.isEmpty {
                _ = csystem_poll_remove(poll.number, event.descriptor)
                registrations[index].isParked = true
            }
        }
        handler.ready(readiness, now: now)
    }

    private func callDueTimers() {
        let horizon = timers.horizon
        while let closure = timers.removeDue(at: now, before: horizon) { closure() }
    }

    /// How long to wait for events, `nil` for as long as it takes.
    private func waitingTime(limit: Interval?) -> Interval? {
        if hasMoreWork || isStopping { return .zero }
        var deadline = timers.nextDeadline ?? .distantFuture
        for hook in turnHooks { deadline = min(deadline, hook.deadline) }
        guard deadline < alarmDeadline else { return limit }
        // This turn may have taken longer than that.
        if deadline <= Instant(nanoseconds: csystem_now()) { return .zero }
        // A deadline that moves away leaves the alarm as it is, and costs one idle turn when it goes
        // off. Programming a timer for every wait, as a timeout of the poll does, would cost each
        // answer of a quiet connection more than sealing it.
        _ = csystem_timer_arm(alarm.number, deadline.nanoseconds)
        alarmDeadline = deadline
        return limit
    }

    private struct Registration {
        var handler: (any EventHandler)?
        var generation: UInt32 = 0
        var interest: Readiness = []
        /// Taken out of the poll after a hangup that nobody waited for.
        var isParked = false
    }
}

/// Work that an `EventLoop` does at the end of each turn.
package final class TurnHook {
    let call: (Instant) -> Instant?
    var deadline = Instant.distantFuture
    var isRemoved = false

    init(_ call: @escaping (Instant) -> Instant?) { self.call = call }
}

private final class SignalReader: EventHandler {
    let descriptor: FileDescriptor
    private let handler: (Int32) -> Void

    init(descriptor: consuming FileDescriptor, handler: @escaping (Int32) -> Void) {
        self.descriptor = descriptor
        self.handler = handler
    }

    func ready(_ readiness: Readiness, now: Instant) {
        let signal = csystem_signals_next(descriptor.number)
        if signal > 0 { handler(signal) }
    }
}
