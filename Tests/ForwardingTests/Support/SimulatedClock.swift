import Forwarding

@testable import SRMUDP

/// A clock that stands still until the test moves it, and then calls what is due, in order.
final class SimulatedClock: LoopClock {
    private(set) var now = Instant(nanoseconds: 0)
    private var timers = TimerHeap()

    func schedule(at deadline: Instant, _ closure: @escaping () -> Void) -> TimerID {
        timers.insert(at: deadline, closure)
    }

    func advance(by interval: Interval) {
        let end = now + interval
        while let deadline = timers.nextDeadline, deadline <= end {
            now = max(now, deadline)
            let horizon = timers.horizon
            while let closure = timers.removeDue(at: now, before: horizon) { closure() }
        }
        now = end
    }
}
