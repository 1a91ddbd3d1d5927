import SRMUDP
import Testing

/// Bulk transfers over the emulated links, in simulated time.
@Suite struct CongestionTests {
    static let links = [
        EmulatedLink(
            name: "100 M, 40 ms", bitsPerSecond: 100e6, roundTrip: .milliseconds(40),
            queueBytes: 625_000),
        EmulatedLink(
            name: "100 M, 40 ms, 1 %", bitsPerSecond: 100e6, roundTrip: .milliseconds(40),
            queueBytes: 625_000, loss: 0.01),
        EmulatedLink(
            name: "100 M, 40 ms, 5 %", bitsPerSecond: 100e6, roundTrip: .milliseconds(40),
            queueBytes: 625_000, loss: 0.05),
        EmulatedLink(
            name: "1 G, 20 ms, 0.1 %", bitsPerSecond: 1e9, roundTrip: .milliseconds(20),
            queueBytes: 2_500_000, loss: 0.001),
        EmulatedLink(
            name: "20 M, 200 ms, 1 s queue", bitsPerSecond: 20e6, roundTrip: .milliseconds(200),
            queueBytes: 2_500_000),
    ]

    @Test("figures")
    func figures() {
        for link in Self.links {
            for model in [true, false] {
                let controller: any CongestionController =
                    model
                    ? ModelBased(datagramSize: link.datagramSize)
                    : Cubic(datagramSize: link.datagramSize)
                var simulation = LinkSimulation(link, controller: controller, seed: 7)
                let result = simulation.run(seconds: link.bitsPerSecond > 5e8 ? 3 : 15)
                print(model ? "model" : "cubic", result)
            }
        }
    }
}
