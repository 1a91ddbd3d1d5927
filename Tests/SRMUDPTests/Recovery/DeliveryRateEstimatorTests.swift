import SRMUDP
import Testing

@Suite struct DeliveryRateEstimatorTests {
    /// Forty packets of 1000 bytes, a millisecond apart.
    private func sent() -> SimpleSender {
        var sender = SimpleSender()
        for _ in 0..<40 {
            sender.send(1)
            sender.pass(1)
        }
        return sender
    }

    @Test("the rate is what arrived in the time that it took")
    func rate() throws {
        var sender = sent()
        for number in UInt64(0)..<80 {
            try sender.acknowledge(number...number)
            sender.send(1)
            sender.pass(1)
        }

        let rate = try #require(sender.controllers[0].summaries.last?.deliveryRate)

        #expect(abs(rate.bytesPerSecond - 1_000_000) < 30_000)
        #expect(!rate.isApplicationLimited)
    }

    @Test("ACKs in a bunch do not look like a fast path")
    func bunch() throws {
        var sender = sent()
        sender.pass(5)

        for number in UInt64(0)..<40 { try sender.acknowledge(number...number) }

        let rates = sender.controllers[0].summaries.compactMap(\.deliveryRate?.bytesPerSecond)
        #expect(!rates.isEmpty)
        #expect(rates.allSatisfy { $0 <= 1_050_000 })
    }

    @Test("a sender without data marks its samples until what was in flight has arrived")
    func applicationLimited() throws {
        var sender = SimpleSender()
        sender.send(2)
        sender.recovery.applicationLimited(path: 0)
        sender.send(2)
        sender.pass(40)

        try sender.acknowledge(0...3)
        #expect(sender.controllers[0].summaries.last?.isApplicationLimited == true)
        sender.send(2)
        sender.pass(40)
        try sender.acknowledge(4...5)

        #expect(sender.controllers[0].summaries.last?.isApplicationLimited == false)
    }
}
