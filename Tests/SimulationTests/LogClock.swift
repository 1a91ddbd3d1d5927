import Synchronization
import TestSupport

/// Lets a log line tell the simulated time.
final class LogClock: Sendable {
    private let nanoseconds = Mutex<Int64>(0)

    var seconds: Double { Double(nanoseconds.withLock { $0 }) / 1e9 }

    /// Follows the time of `network`.
    func attach(_ network: SimulatedNetwork) {
        network.onAdvance = { now in self.nanoseconds.withLock { $0 = now.nanoseconds } }
    }
}
