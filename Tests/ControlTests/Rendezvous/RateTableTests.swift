import SRMUDP
import Testing

@testable import Control

@Suite struct RateTableTests {
    private let start = Instant(nanoseconds: 0)

    @Test("ten at once, then one every six seconds, for each on its own")
    func pace() {
        var table = RateTable<Int>(burst: 10, every: .seconds(6), capacity: 8)

        for _ in 0..<10 { #expect(table.take(1, now: start) == true) }
        #expect(table.take(1, now: start) == false)
        #expect(table.take(2, now: start) == true)
        #expect(table.take(1, now: start + .milliseconds(5_999)) == false)
        #expect(table.take(1, now: start + .seconds(6)) == true)
        #expect(table.take(1, now: start + .seconds(6)) == false)
        #expect(table.take(1, now: start + .seconds(600)) == true)
    }

    @Test("the table is bounded, and when it is full newcomers are permitted")
    func bound() {
        var table = RateTable<Int>(burst: 1, every: .seconds(6), capacity: 8)
        for key in 0..<1_000 {
            #expect(table.take(key, now: start + .milliseconds(Int64(key))) == true)
            #expect(table.count <= 8)
        }
        #expect(table.take(5_000, now: start + .seconds(60)) == true)
        #expect(table.count == 1)
    }
}
