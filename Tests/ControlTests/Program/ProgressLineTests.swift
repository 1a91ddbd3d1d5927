import SRMUDP
import Synchronization
import Testing

@testable import Control

@Suite struct ProgressLineTests {
    private let loop: EventLoop

    init() throws { loop = try EventLoop() }

    @Test("what ends within a second is not shown")
    func brief() throws {
        var shown: [String?] = []
        let progress = ProgressLine(loop: loop, logger: Self.logger(.info)) { shown.append($0) }

        progress.tell("connecting")
        try loop.runTurn(waitingAtMost: .milliseconds(1))
        progress.end()
        progress.end()

        // Taking away what is not there is harmless.
        #expect(shown == [nil])
    }

    @Test("where more is asked for, each text is a line, once")
    func verbose() {
        let lines = Lines()
        let logger = Logger(label: "", level: .debug) { lines.append($1) }
        let progress = ProgressLine(loop: loop, logger: logger) { _ in }

        progress.tell("connecting")
        progress.tell("connecting")
        progress.tell("punching")
        progress.end()

        #expect(lines.all == ["connecting", "punching"])
    }

    private static func logger(_ level: Logger.Level) -> Logger {
        Logger(label: "", level: level) { _, _ in }
    }
}

private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func append(_ line: String) { lines.withLock { $0.append(line) } }
}
