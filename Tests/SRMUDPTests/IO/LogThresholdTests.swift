import Synchronization
import Testing

@testable import SRMUDP

@Suite struct LogThresholdTests {
    @Test("a change is heard by every logger that was made of the same one")
    func change() {
        let lines = LineLog()
        let logger = Logger(label: "", level: .info) { _, line in lines.append(line) }
        let other = logger.labelled("other")
        other.debug("not said")

        logger.threshold.level = .debug
        other.debug("said")
        other.trace("not said")
        logger.threshold.level = .error
        logger.warning("not said")

        #expect(lines.all == ["other: said"])
        #expect(logger.level == .error)
    }
}

private final class LineLog: Sendable {
    private let lines = Mutex<[String]>([])

    func append(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
}
