import SRMUDP
import Testing

/// Two senders behind one bottleneck.
@Suite struct SharingTests {
    private func share(
        _ first: any CongestionController, _ second: any CongestionController, queueBytes: Int,
        seconds: Int64
    ) -> (TransferFigures, TransferFigures) {
        let link = EmulatedLink(
            name: "shared", bitsPerSecond: 100e6, roundTrip: .milliseconds(40),
            queueBytes: queueBytes)
        let bottleneck = Bottleneck()
        var one = LinkSimulation(link, controller: first, seed: 1, bottleneck: bottleneck)
        var two = LinkSimulation(link, controller: second, seed: 2, bottleneck: bottleneck)
        one.begin(at: LinkSimulation.start)
        let join = LinkSimulation.start + .seconds(2)
        while one.nextTime < join { one.step() }
        two.begin(at: join)
        let measure = LinkSimulation.start + .seconds(seconds / 3)
        let end = LinkSimulation.start + .seconds(seconds)
        var isMeasuring = false
        while min(one.nextTime, two.nextTime) < end {
            if !isMeasuring, min(one.nextTime, two.nextTime) >= measure {
                isMeasuring = true
                one.clearFigures()
                two.clearFigures()
            }
            if one.nextTime <= two.nextTime { one.step() } else { two.step() }
        }
        return (one.figures, two.figures)
    }

    @Test("a second connection gets its share")
    func model() {
        let (first, second) = share(
            ModelBased(datagramSize: 1_472), ModelBased(datagramSize: 1_472), queueBytes: 625_000,
            seconds: 30)
        #expect(first.megabitsPerSecond + second.megabitsPerSecond >= 97)
        #expect(second.megabitsPerSecond >= 10, "\(first) \(second)")
        #expect(first.queueDelayP50 <= 10, "\(first) \(second)")
    }

    @Test("neither the model nor CUBIC starves the other", arguments: [60_000, 250_000, 625_000])
    func cubic(_ queueBytes: Int) {
        let (first, second) = share(
            Cubic(datagramSize: 1_472), ModelBased(datagramSize: 1_472), queueBytes: queueBytes,
            seconds: 20)

        #expect(first.megabitsPerSecond + second.megabitsPerSecond >= 95)
        #expect(min(first.megabitsPerSecond, second.megabitsPerSecond) >= 10, "\(first) \(second)")
    }
}
