import SRMUDP

/// The time and the deadlines of an event loop, for what needs nothing else of it.
package protocol LoopClock: AnyObject {
    /// The time at which the current turn began.
    var now: Instant { get }
    /// Calls `closure` once, in the first turn at or after `deadline`, never from within here.
    @discardableResult
    func schedule(at deadline: Instant, _ closure: @escaping () -> Void) -> TimerID
}

extension EventLoop: LoopClock {}
