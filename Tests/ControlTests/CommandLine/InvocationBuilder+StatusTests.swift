import Testing

@testable import Control

@Suite struct InvocationBuilderStatusTests {
    private func invocation(_ words: String) throws(CommandError) -> Invocation {
        let surroundings = Surroundings(variable: { _ in nil }, service: { _ in nil })
        return try InvocationBuilder(surroundings: surroundings).invocation(
            for: words.split(separator: " ").map { String($0) })
    }

    @Test("status takes what is to be shown, and how")
    func status() throws {
        #expect(try invocation("status").command == .status(StatusOptions()))
        #expect(
            try invocation("status --watch --flows --json").command
                == .status(StatusOptions(json: true, isWatching: true, listsFlows: true)))
        #expect(throws: CommandError.self) { try invocation("status homebox") }
    }

    @Test("speedtest takes one peer, a time and a direction")
    func speedTest() throws {
        guard case .speedTest(let both) = try invocation("speedtest homebox").command,
            case .speedTest(let up) = try invocation("speedtest homebox --up --seconds 3").command
        else {
            Issue.record("it is another command")
            return
        }

        #expect(both.peer == "homebox" && both.isUp && both.isDown)
        #expect(both.seconds == SpeedTestOptions.defaultSeconds)
        #expect(up.isUp && !up.isDown && up.seconds == 3)
        for words in [
            "speedtest", "speedtest a b", "speedtest a --seconds 0", "speedtest a --seconds 61",
        ] {
            #expect(throws: CommandError.self) { try invocation(words) }
        }
    }

    @Test("report takes a file")
    func report() throws {
        guard
            case .report(let options) = try invocation("report x --quick --hide-addresses").command
        else {
            Issue.record("it is another command")
            return
        }
        #expect(options.file == "x" && options.isQuick && options.hidesAddresses)
        #expect(throws: CommandError.self) { try invocation("report x y") }
    }

    @Test("messages are text or JSON")
    func logFormat() throws {
        #expect(try invocation("id").logFormat == .text)
        #expect(try invocation("id --log-format json").logFormat == .json)
        #expect(throws: CommandError.self) { try invocation("id --log-format xml") }
    }
}
