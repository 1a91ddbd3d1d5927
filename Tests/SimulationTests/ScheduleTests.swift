import Foundation
import SRMUDP
import TestSupport
import Testing

/// Random schedules. `P2PFWD_SCHEDULES=200000` runs that many, `P2PFWD_SEED=17` lives one through
/// with its log on standard error, `P2PFWD_FIRST_SEED` begins elsewhere.
@Suite("Random schedules")
struct ScheduleTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let count = environment["P2PFWD_SCHEDULES"].flatMap { UInt64($0) } ?? 2_000
    private static let firstSeed = environment["P2PFWD_FIRST_SEED"].flatMap { UInt64($0) } ?? 0
    private static let onlySeed = environment["P2PFWD_SEED"].flatMap { UInt64($0) }
    /// Parts that run side by side.
    private static let partCount: UInt64 = 20

    @Test(
        "whatever the network does, every byte arrives once and everything drains",
        arguments: onlySeed == nil ? 0..<partCount : 0..<0)
    func schedules(part: UInt64) {
        let seeds = stride(from: Self.firstSeed + part, to: Self.firstSeed + Self.count, by: 20)
        for seed in seeds {
            let schedule = Schedule(seed: seed)
            guard let problem = ScheduleRunner(schedule).run() else { continue }
            let shortest = Self.shrunk(schedule)
            Issue.record("P2PFWD_SEED=\(seed): \(problem.kind) \(problem)\n\(shortest)")
        }
    }

    @Test("a single schedule, with its log", .enabled(if: onlySeed != nil))
    func singleSchedule() throws {
        let schedule = Self.shrunk(Schedule(seed: try #require(Self.onlySeed)))
        let clock = LogClock()
        let logger = Logger(label: "", level: .trace) { level, message in
            let text = "\(clock.seconds) \(message)\n"
            FileHandle.standardError.write(Data(text.utf8))
        }
        let runner = ScheduleRunner(schedule, logger: logger)
        clock.attach(runner.pair.network)

        let problem = runner.run()

        #expect(problem == nil, "\(problem.map { "\($0)" } ?? "") \(schedule)")
    }

    /// Leaves out operations as long as the same kind of thing still goes wrong.
    private static func shrunk(_ schedule: Schedule) -> Schedule {
        guard let kind = ScheduleRunner(schedule).run()?.kind else { return schedule }
        var shortest = schedule
        var length = max(1, schedule.operations.count / 2)
        while length > 0 {
            var start = 0
            while start < shortest.operations.count {
                let end = min(start + length, shortest.operations.count)
                let candidate = shortest.without(start..<end)
                if ScheduleRunner(candidate).run()?.kind == kind {
                    shortest = candidate
                } else {
                    start = end
                }
            }
            length /= 2
        }
        return shortest
    }
}
