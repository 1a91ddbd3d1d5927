import Testing

@testable import Control

@Suite struct ByteRateTests {
    @Test(
        "a rate is read with its unit and written with the largest one that fits",
        arguments: [
            ("1M", 1 << 20, "1M"), ("512k", 512 << 10, "512K"), ("2G", 2 << 30, "2G"),
            ("500000", 500_000, "500000"), ("1024", 1_024, "1K"), ("1024G", 1 << 40, "1024G"),
        ] as [(String, Int64, String)])
    func valid(text: String, rate: Int64, written: String) {
        #expect(ByteRate.parse(text) == rate)
        #expect(ByteRate.text(rate) == written)
    }

    @Test(
        "what is no rate, or out of range, is refused",
        arguments: [
            "", "M", "0", "1023", "-1M", "1.5M", "1MB", "1025G", "9999999999999G",
            "99999999999999", "1 M", "+5M",
        ])
    func invalid(text: String) { #expect(ByteRate.parse(text) == nil) }
}
