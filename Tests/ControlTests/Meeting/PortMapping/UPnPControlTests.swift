import SRMUDP
import TestSupport
import Testing

@testable import Control

/// What a router answers is judged in the lab.
@Suite("UPnPControl")
struct UPnPControlTests {
    @Test("requests are answered one after the other, from the loop")
    func order() throws {
        let loop = try EventLoop()
        var answers: [UPnPAnswer] = []
        let control = UPnPControl(
            gateway: Gateway(address: IPAddress(ipv4: 0x7f00_004d), client: .loopbackIPv4),
            internalPort: 5555, loop: loop, logger: .silent
        ) { answers.append($0) }

        for _ in 0..<3 { control.perform(.remove) }
        #expect(answers.isEmpty)
        while answers.count < 3 { try loop.runTurn() }

        // Nothing was mapped.
        #expect(answers == [.removed, .removed, .removed])
    }
}
