import Synchronization
import Testing

@testable import SRMUDP

@Suite("HelperThread and BackgroundQueue")
struct HelperThreadTests {
    /// Where posted closures leave what they have.
    private final class Log {
        var lines: [String] = []
    }

    private final class Gate: Sendable {
        let mutex = Mutex(())
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

    @Test("a queue hands out what comes of its work in later turns, in order, and counts the rest")
    func queue() throws {
        let loop = try EventLoop()
        let queue = BackgroundQueue<Int>(loop: loop)
        let log = Log()

        for number in 0..<50 {
            queue.submit {
                number
            } completion: { [log] in
                if case .success(let number) = $0 { log.lines.append("\(number)") }
            }
        }
        #expect(log.lines.isEmpty && queue.count == 50)
        while queue.count > 0 { try loop.runTurn() }

        #expect(log.lines == (0..<50).map { "\($0)" })
    }

    @Test("a queue that is gone calls nobody")
    func goneQueue() throws {
        let loop = try EventLoop()
        var queue: BackgroundQueue<Int>? = BackgroundQueue(loop: loop)
        let log = Log()
        let gate = Gate()
        gate.mutex.withLock { _ in
            queue?.submit {
                gate.mutex.withLock { _ in 1 }
            } completion: { [log] _ in
                log.lines.append("called")
            }
            queue = nil
        }
        // The thread ends behind its work; a new one's outcome comes through the same mailbox.
        let other = BackgroundQueue<Int>(loop: loop)
        other.submit {
            2
        } completion: { _ in
        }
        while other.count > 0 { try loop.runTurn() }

        #expect(log.lines.isEmpty)
    }
}
