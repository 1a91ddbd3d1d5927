import Testing

@testable import Control

@Suite struct ProcessUsageTests {
    @Test("the process knows what it takes")
    func current() {
        let usage = ProcessUsage.current

        #expect(usage.cpuSeconds > 0)
        #expect(usage.residentBytes > 1 << 20 && usage.residentBytes < usage.virtualBytes)
        #expect(usage.openFiles >= 3)
    }

    @Test("numbers that are none count as nothing")
    func parsing() {
        #expect(ProcessUsage.parsePages([UInt8]("12 3 x 4\n".utf8)[...]) == [12, 3, 0, 4])
    }
}
