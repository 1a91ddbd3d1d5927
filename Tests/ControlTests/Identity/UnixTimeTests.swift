import Testing

@testable import Control

@Suite struct UnixTimeTests {
    @Test(
        "moments are written and read as dates",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"),
            (1_800_000_000, "2027-01-15T08:00:00Z"), (4_102_444_799, "2099-12-31T23:59:59Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] as [(Int64, String)])
    func dates(seconds: Int64, text: String) {
        #expect(UnixTime(seconds: seconds).description == text)
        #expect(UnixTime(text)?.seconds == seconds)
    }

    @Test(
        "dates that do not exist are refused",
        arguments: [
            "2027-02-29T00:00:00Z", "2027-13-01T00:00:00Z", "2027-01-01T24:00:00Z",
            "2027-01-01T00:60:00Z", "2027-1-1T00:00:00Z", "2027-01-01 00:00:00Z", "",
            "0000-00-00T00:00:00Z", "1969-12-31T23:59:59Z",
        ])
    func invalid(text: String) {
        #expect(UnixTime(text) == nil)
    }
}
