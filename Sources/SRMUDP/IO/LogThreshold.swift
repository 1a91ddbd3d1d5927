internal import Synchronization

/// Up to which level messages are said. It may be changed while the program runs, from any thread.
package final class LogThreshold: Sendable {
    private let number: Atomic<Int>

    package init(_ level: Logger.Level) { number = Atomic(level.rawValue) }

    package var level: Logger.Level {
        get { Logger.Level(rawValue: number.load(ordering: .relaxed)) ?? .info }
        set { number.store(newValue.rawValue, ordering: .relaxed) }
    }
}
