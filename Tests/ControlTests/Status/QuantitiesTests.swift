import Testing

@testable import Control

@Suite struct QuantitiesTests {
    @Test(
        "bytes have three digits or so",
        arguments: [
            (0, "0 bytes"), (999, "999 bytes"), (1_000, "1.0 kB"), (999_949, "999.9 kB"),
            (999_950, "1.0 MB"), (1_234_567_890, "1.2 GB"), (UInt64.max, "18.4 EB"),
        ] as [(UInt64, String)])
    func bytes(count: UInt64, text: String) {
        #expect(Quantities.bytes(count) == text)
    }

    @Test(
        "so have rates",
        arguments: [
            (-1, "0 bit/s"), (0, "0 bit/s"), (12_345, "12.3 kbit/s"),
            (1_000_000_000, "1.0 Gbit/s"),
        ] as [(Int64, String)])
    func rate(bits: Int64, text: String) {
        #expect(Quantities.rate(bits) == text)
    }

    @Test(
        "times have two units",
        arguments: [
            (-3, "0 s"), (59, "59 s"), (184, "3 min 4 s"), (18_360, "5 h 6 min"),
            (633_600, "7 d 8 h"),
        ] as [(Int64, String)])
    func duration(seconds: Int64, text: String) {
        #expect(Quantities.duration(seconds) == text)
    }

    @Test("milliseconds and percentages have one decimal")
    func decimals() {
        #expect(Quantities.milliseconds(11_249) == "11.2 ms")
        #expect(Quantities.percent(4) == "0.4 %")
    }
}
