import SRMUDP
import Testing

/// Bulk transfers over emulated links, in simulated time: the same figures in every run.
@Suite struct CongestionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var link: EmulatedLink
        var seconds: Int64
        /// At least so many Mbit/s, headers included, and half of all packets queue at most so
        /// long.
        var megabitsPerSecond: Double
        var queueMilliseconds: Double
        var testDescription: String { link.name }
    }

    private static func wide(
        _ name: String, _ change: (inout EmulatedLink) -> Void = { _ in }
    ) -> EmulatedLink {
        var link = EmulatedLink(
            name: name, bitsPerSecond: 100e6, roundTrip: .milliseconds(40), queueBytes: 625_000)
        change(&link)
        return link
    }

    private static func local(
        _ name: String, _ bitsPerSecond: Double, datagramSize: Int, receiverWakes: Interval
    ) -> EmulatedLink {
        EmulatedLink(
            name: name, bitsPerSecond: bitsPerSecond, roundTrip: .microseconds(60),
            queueBytes: 4_000_000, receiverWakes: receiverWakes, datagramSize: datagramSize)
    }

    private static let later = LinkSimulation.start + .seconds(3)

    static let cases = [
        Case(link: wide("clean"), seconds: 10, megabitsPerSecond: 97, queueMilliseconds: 2),
        Case(
            link: wide("1 % loss") { $0.loss = 0.01 },
            seconds: 10, megabitsPerSecond: 96, queueMilliseconds: 2),
        Case(
            link: wide("5 % loss") { $0.loss = 0.05 },
            seconds: 10, megabitsPerSecond: 91, queueMilliseconds: 2),
        Case(
            link: wide("5 % loss before the bottleneck") {
                $0.loss = 0.05
                $0.isLossUpstream = true
            },
            seconds: 10, megabitsPerSecond: 95, queueMilliseconds: 2),
        Case(
            link: EmulatedLink(
                name: "fast", bitsPerSecond: 1e9, roundTrip: .milliseconds(20),
                queueBytes: 2_500_000, loss: 0.001),
            seconds: 2, megabitsPerSecond: 900, queueMilliseconds: 1),
        Case(
            link: EmulatedLink(
                name: "a second of queue", bitsPerSecond: 20e6, roundTrip: .milliseconds(200),
                queueBytes: 2_500_000),
            seconds: 15, megabitsPerSecond: 18.5, queueMilliseconds: 5),
        Case(
            link: wide("reordering") { $0.jitter = .milliseconds(10) },
            seconds: 5, megabitsPerSecond: 92, queueMilliseconds: 5),
        Case(
            link: wide("ACKs in bunches") { $0.receiverWakes = .milliseconds(10) },
            seconds: 5, megabitsPerSecond: 92, queueMilliseconds: 5),
        Case(
            link: wide("a short queue") { $0.queueBytes = 30_000 },
            seconds: 5, megabitsPerSecond: 94, queueMilliseconds: 2),
        Case(
            link: wide("a bottleneck that narrows") {
                $0.changeTime = later
                $0.changedBitsPerSecond = 50e6
            },
            seconds: 9, megabitsPerSecond: 60, queueMilliseconds: 5),
        Case(
            link: wide("a bottleneck that widens") {
                $0.changeTime = later
                $0.changedBitsPerSecond = 200e6
            },
            seconds: 9, megabitsPerSecond: 150, queueMilliseconds: 5),
        Case(
            link: wide("an outage of two seconds") {
                $0.blackout = later...(later + .seconds(2))
            },
            seconds: 9, megabitsPerSecond: 68, queueMilliseconds: 5),
        Case(
            link: wide("5 % loss on a busy machine") {
                $0.loss = 0.05
                $0.timerLateness = .milliseconds(3)
                $0.bunching = .milliseconds(5)
            },
            seconds: 6, megabitsPerSecond: 87, queueMilliseconds: 5),
        Case(
            link: EmulatedLink(
                name: "fast on a busy machine", bitsPerSecond: 1e9, roundTrip: .milliseconds(20),
                queueBytes: 2_500_000, loss: 0.001, timerLateness: .milliseconds(1),
                bunching: .milliseconds(2)),
            seconds: 2, megabitsPerSecond: 880, queueMilliseconds: 2),
        Case(
            link: local("loopback", 20e9, datagramSize: 65_000, receiverWakes: .microseconds(100)),
            seconds: 1, megabitsPerSecond: 19_000, queueMilliseconds: 0.5),
        Case(
            link: local(
                "a slow receiver", 10e9, datagramSize: 16_000, receiverWakes: .microseconds(300)),
            seconds: 1, megabitsPerSecond: 9_500, queueMilliseconds: 0.6),
        Case(
            link: EmulatedLink(
                name: "local network", bitsPerSecond: 100e6, roundTrip: .microseconds(500),
                queueBytes: 500_000),
            seconds: 2, megabitsPerSecond: 98, queueMilliseconds: 2),
        Case(
            link: EmulatedLink(
                name: "narrow", bitsPerSecond: 1e6, roundTrip: .milliseconds(100),
                queueBytes: 100_000),
            seconds: 15, megabitsPerSecond: 0.95, queueMilliseconds: 25),
    ]

    @Test("the model fills the path and keeps the queue short", arguments: cases)
    func modelBased(_ expected: Case) {
        let controller = ModelBased(datagramSize: expected.link.datagramSize)
        var simulation = LinkSimulation(expected.link, controller: controller, seed: 7)

        let figures = simulation.run(seconds: expected.seconds)

        #expect(figures.megabitsPerSecond >= expected.megabitsPerSecond, "\(figures)")
        #expect(figures.queueDelayP50 <= expected.queueMilliseconds, "\(figures)")
    }

    @Test("other seeds give no worse", arguments: [UInt64(1), 2, 3, 4])
    func seeds(_ seed: UInt64) {
        let link = Self.wide("5 % loss") { $0.loss = 0.05 }
        let controller = ModelBased(datagramSize: link.datagramSize)
        var simulation = LinkSimulation(link, controller: controller, seed: seed)

        let figures = simulation.run(seconds: 5, warmUp: 1)

        #expect(figures.megabitsPerSecond >= 90, "\(figures)")
        #expect(figures.queueDelayP50 <= 2, "\(figures)")
        #expect(figures.queueDelayP99 <= 12, "\(figures)")
    }

    @Test("CUBIC fills a clean path, and its queue")
    func cubic() {
        let link = Self.wide("clean")
        let controller = Cubic(datagramSize: link.datagramSize)
        var simulation = LinkSimulation(link, controller: controller, seed: 7)

        let figures = simulation.run(seconds: 10)

        #expect(figures.megabitsPerSecond >= 96, "\(figures)")
        #expect(figures.queueDelayP99 <= 51, "\(figures)")
    }
}
