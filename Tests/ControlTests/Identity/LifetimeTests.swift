import Testing

@testable import Control

@Suite struct LifetimeTests {
    @Test(
        "lengths of time are read with their unit",
        arguments: [("90s", 90), ("10m", 600), ("24h", 86_400), ("7d", 604_800), ("1s", 1)])
    func valid(text: String, seconds: Int64) {
        #expect(Lifetime(text)?.seconds == seconds)
    }

    @Test(
        "other texts are refused",
        arguments: ["", "s", "10", "0s", "-1s", "+1s", "1.5h", "1w", "4000d", "9999999999s", "1 h"])
    func invalid(text: String) {
        #expect(Lifetime(text) == nil)
    }

    @Test("a number alone counts in the default unit")
    func defaultUnit() {
        #expect(Lifetime("30", defaultUnit: 1)?.seconds == 30)
        #expect(Lifetime("2m", defaultUnit: 1)?.seconds == 120)
        #expect(Lifetime("24h")?.description == "1d")
    }
}
