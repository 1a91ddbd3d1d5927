import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite("RPCRun")
struct RPCRunTests {
    /// What a run came to: nothing yet, nothing to say, or an answer.
    private final class Outcome {
        var answers: [JSONValue?] = []
        var calls: [ControlCall] = []
    }

    private let outcome = Outcome()
    private let loop: EventLoop

    init() throws { loop = try EventLoop() }

    /// Answers `now` at once, fails `bad`, and keeps all else.
    private func run(_ text: String, permits: (String) -> Bool = { _ in true }) throws {
        let body = try RPCBody([UInt8](text.utf8))
        RPCRun(body) { [outcome] in outcome.answers.append($0) }
            .start(loop: loop, permits: permits) { [outcome] call in
                switch call.method {
                case "now": call.answer(.object([("a", .number(1))]))
                case "bad": call.fail(.invalidParameters("so"))
                default: outcome.calls.append(call)
                }
            }
    }

    private func request(_ id: Int, _ method: String) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)"}"#
    }

    @Test("a single call is answered alone")
    func single() throws {
        try run(request(7, "now"))

        #expect(outcome.answers.map { $0?.text } == [#"{"jsonrpc":"2.0","id":7,"result":{"a":1}}"#])
    }

    @Test("the answers of a batch come together, in the order of its calls")
    func batch() throws {
        try run("[\(request(1, "later")),\(request(2, "now")),3,\(request(4, "bad"))]")
        #expect(outcome.answers.isEmpty)

        outcome.calls[0].answer(.string("x"))

        let answers = try #require(outcome.answers[0]?.arrayValue)
        #expect(answers.map { $0["id"] } == [.number(1), .number(2), .null, .number(4)])
        #expect(answers[0]["result"] == .string("x"))
        #expect(answers[2]["error"]?["code"] == .number(-32_600))
        #expect(answers[3]["error"]?["code"] == .number(-32_602))
        #expect(outcome.answers.count == 1)
    }

    @Test("notifications are carried out and answered with nothing")
    func notifications() throws {
        try run(#"[{"jsonrpc":"2.0","method":"now"},{"jsonrpc":"2.0","method":"later"}]"#)
        outcome.calls[0].answer()

        #expect(outcome.answers.count == 1 && outcome.answers[0] == nil)
    }

    @Test("what may not be called is not, whether there is such a method or not")
    func notPermitted() throws {
        try run("[\(request(1, "now")),\(request(2, "none"))]") { _ in false }

        let answers = try #require(outcome.answers[0]?.arrayValue)
        #expect(answers.allSatisfy { $0["error"]?["code"] == .number(5) })
        #expect(outcome.calls.isEmpty)
    }

    @Test("progress comes with the result")
    func progress() throws {
        try run(request(1, "later"))
        outcome.calls[0].progress([("n", .number(1))])
        outcome.calls[0].progress([("n", .number(2))])
        outcome.calls[0].answer(.object([("count", .number(2))]))

        #expect(
            outcome.answers[0]?["result"]?.text == #"{"count":2,"progress":[{"n":1},{"n":2}]}"#)
    }

    @Test("progress that nobody could hold is counted")
    func muchProgress() {
        var message: ControlMessage?
        let caller = RPCCaller { message = $0 }
        for _ in 0..<RPCCaller.progressLimit + 5 { caller.notify("progress", .object([])) }
        caller.finishCall(.answer(id: .number(1), result: .object([])))

        #expect(message?.json["result"]?["progress"]?.arrayValue?.count == RPCCaller.progressLimit)
        #expect(message?.json["result"]?["progressDropped"] == .number(5))
    }

    @Test("a call that takes too long fails, and those that were in time do not")
    func timeout() throws {
        let body = try RPCBody([UInt8]("[\(request(1, "later")),\(request(2, "now"))]".utf8))
        RPCRun(body, patience: .milliseconds(1)) { [outcome] in outcome.answers.append($0) }
            .start(loop: loop, permits: { _ in true }) { [outcome] call in
                if call.method == "now" { call.answer() } else { outcome.calls.append(call) }
            }
        for _ in 0..<2000 where outcome.answers.isEmpty {
            try loop.runTurn(waitingAtMost: .milliseconds(5))
        }

        let answers = try #require(outcome.answers.first??.arrayValue)
        #expect(answers[0]["error"]?["code"] == .number(1))
        #expect(answers[1]["result"] == .object([]))
        #expect(!outcome.calls[0].client.isOpen)
        outcome.calls[0].answer()
        #expect(outcome.answers.count == 1)
    }

    @Test("what comes after the time is over is dropped")
    func tooLate() {
        var count = 0
        let caller = RPCCaller { _ in count += 1 }
        caller.giveUp()

        #expect(!caller.isOpen)
        caller.notify("progress", .object([]))
        caller.finishCall(.answer(id: .number(1), result: .object([])))
        #expect(count == 0)
    }
}
