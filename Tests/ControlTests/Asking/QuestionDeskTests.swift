import Forwarding
import SRMUDP
import Testing

@testable import Control

@Suite struct QuestionDeskTests {
    /// Answers when the test says so.
    private final class HeldQuestioner: Questioner {
        private(set) var asked: [String] = []
        private(set) var withdrawals = 0
        private var answers: [(DestinationAnswer) -> Void] = []

        func put(
            _ question: DestinationQuestion, _ answer: @escaping (DestinationAnswer) -> Void
        ) {
            asked.append("\(question.peer) \(question.targetText)")
            answers.append(answer)
        }
        func withdraw() { withdrawals += 1 }
        func answer(_ answer: DestinationAnswer, round: Int) { answers[round](answer) }
    }

    private final class Room {
        let questioner = HeldQuestioner()
        let desk: QuestionDesk
        var answers: [DestinationAnswer] = []
        var remembered: [DestinationQuestion] { memory.questions }
        private let memory = Memory()

        init() throws {
            let memory = memory
            desk = QuestionDesk(
                questioner: questioner, loop: try EventLoop(), logger: .silent
            ) { memory.questions.append($0) }
        }

        @discardableResult
        func ask(_ host: String, peer: String = "laptop") throws -> () -> Void {
            let target = try #require(HostPort(host: host, port: 22))
            let question = DestinationQuestion(
                peer: peer, target: target, addresses: [.loopbackIPv4], isDynamic: false)
            return desk.ask(question) { self.answers.append($0) }
        }
    }

    private final class Memory { var questions: [DestinationQuestion] = [] }

    @Test("one question is put at a time, and the others follow")
    func queue() throws {
        let room = try Room()
        try room.ask("a")
        try room.ask("b")
        #expect(room.questioner.asked == ["laptop a:22"])

        room.questioner.answer(.once, round: 0)
        #expect(room.answers == [.once])
        #expect(room.questioner.asked == ["laptop a:22", "laptop b:22"])

        room.questioner.answer(.no, round: 1)
        #expect(room.answers == [.once, .no])
        #expect(room.remembered.isEmpty)
    }

    @Test("all that wait are refused when somebody else is asked from then on")
    func end() throws {
        let room = try Room()
        for host in ["a", "b"] { try room.ask(host) }

        room.desk.end()

        #expect(room.answers == [.no, .no])
        #expect(room.questioner.asked == ["laptop a:22"] && room.questioner.withdrawals == 1)
        // A late answer changes nothing.
        room.questioner.answer(.once, round: 0)
        #expect(room.answers.count == 2)
    }

    @Test("connections to the same destination wait for one answer")
    func joined() throws {
        let room = try Room()
        for _ in 0..<3 { try room.ask("a") }

        room.questioner.answer(.session, round: 0)

        #expect(room.answers == [.session, .session, .session])
        #expect(room.questioner.asked.count == 1)
    }

    @Test("what is permitted for good is written down once")
    func always() throws {
        let room = try Room()
        try room.ask("a")
        try room.ask("a")

        room.questioner.answer(.always, round: 0)

        #expect(room.remembered.map { "\($0.target)" } == ["a:22"])
    }

    @Test("after a no the same destination is refused without asking, another one is asked about")
    func refusedForAWhile() throws {
        let room = try Room()
        try room.ask("a")
        room.questioner.answer(.no, round: 0)

        try room.ask("a")
        #expect(room.answers == [.no, .no])
        try room.ask("a", peer: "phone")
        #expect(room.questioner.asked == ["laptop a:22", "phone a:22"])
    }

    @Test("one peer cannot fill the queue, and all together neither")
    func bounded() throws {
        let room = try Room()
        for number in 0..<10 { try room.ask("h\(number)") }
        #expect(room.answers.count == 10 - QuestionDesk.limit / 4)

        for peer in 0..<10 {
            for number in 0..<4 { try room.ask("h\(number)", peer: "p\(peer)") }
        }
        #expect(room.answers.count == 50 - QuestionDesk.limit)
        #expect(room.answers.allSatisfy { $0 == .no })

        let crowd = try Room()
        for _ in 0...QuestionDesk.askerLimit { try crowd.ask("a") }
        #expect(crowd.answers == [.no])
    }

    @Test("a question that nobody waits for is taken back, and a late answer means nothing")
    func withdrawn() throws {
        let room = try Room()
        let withdraw = try room.ask("a")
        let other = try room.ask("b")

        withdraw()
        #expect(room.questioner.withdrawals == 1)
        #expect(room.questioner.asked == ["laptop a:22", "laptop b:22"])
        room.questioner.answer(.always, round: 0)
        #expect(room.answers.isEmpty && room.remembered.isEmpty)

        other()
        room.questioner.answer(.once, round: 1)
        #expect(room.answers.isEmpty)
        try room.ask("c")
        #expect(room.questioner.asked.last == "laptop c:22")
    }
}
