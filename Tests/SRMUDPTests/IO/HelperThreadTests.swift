import Testing

@testable import SRMUDP

@Suite("HelperThread")
struct HelperThreadTests {
    /// Where posted closures leave what they have.
    private final class Log {
        var lines: [String] = []
    }

    @Test("work is done in order, and what comes of it reaches the loop")
    func order() throws {
        let loop = try EventLoop()
        let helper = try HelperThread()
        let log = Log()
        let bound = LoopBound(log)
        let mailbox = loop.mailbox

        for number in 0..<50 {
            helper.submit { mailbox.post { bound.object?.lines.append("\(number)") } }
        }
        while log.lines.count < 50 { try loop.runTurn() }
        helper.close()

        #expect(log.lines == (0..<50).map { "\($0)" })
    }
}
