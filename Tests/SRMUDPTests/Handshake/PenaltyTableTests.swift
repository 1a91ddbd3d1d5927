import Testing

@testable import SRMUDP

@Suite struct PenaltyTableTests {
    private let start = Instant(nanoseconds: 0)
    private let source = SourceNetwork(IPAddress(ipv4: 0x0a00_0001))

    private func table(capacity: Int = 16) -> PenaltyTable {
        PenaltyTable(threshold: .seconds(15), maximum: .seconds(600), capacity: capacity)
    }

    @Test("one mistake is free, the second one keeps away until all its time is over")
    func threshold() {
        var table = table()

        table.add(.seconds(10), to: source, now: start)
        #expect(!table.isKeptAway(source, now: start))
        table.add(.seconds(10), to: source, now: start)

        #expect(table.isKeptAway(source, now: start))
        #expect(table.isKeptAway(source, now: start + .milliseconds(19_999)))
        #expect(!table.isKeptAway(source, now: start + .seconds(20)))
    }

    @Test("mistakes with time between them do not add up")
    func forgetting() {
        var table = table()
        for round in Int64(0)..<100 {
            table.add(.seconds(10), to: source, now: start + .seconds(11 * round))
            #expect(!table.isKeptAway(source, now: start + .seconds(11 * round)))
        }
    }

    @Test("nobody is kept away for more than ten minutes")
    func maximum() {
        var table = table()
        for _ in 0..<100 { table.add(.seconds(90), to: source, now: start) }

        #expect(table.isKeptAway(source, now: start + .milliseconds(599_999)))
        #expect(!table.isKeptAway(source, now: start + .seconds(600)))
    }

    @Test("the table is bounded")
    func bound() {
        var table = table()
        for number in UInt32(0)..<1_000 {
            table.add(.seconds(90), to: SourceNetwork(IPAddress(ipv4: number)), now: start)
            #expect(table.count <= 16)
        }
    }

    @Test("a source is an IPv4 address or the /64 of an IPv6 address")
    func sources() throws {
        func source(_ text: String) throws -> SourceNetwork {
            SourceNetwork(try #require(IPAddress(text)))
        }

        #expect(try source("192.0.2.1") != source("192.0.2.2"))
        #expect(try source("2001:db8::1") == source("2001:db8::ffff:1"))
        #expect(try source("2001:db8::1") != source("2001:db8:0:1::1"))
    }
}
