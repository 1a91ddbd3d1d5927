import Forwarding
import SRMUDP

/// Puts the questions of all peers to one questioner, one after the other.
///
/// Connections to the same destination wait for one answer together. A question without an answer
/// in 30 seconds is answered no, and so is one too many; after a no the same destination is refused
/// for a while without asking, so that a program that tries again does not wear the person out.
final class QuestionDesk: DestinationAsker {
    static let patience: Interval = .seconds(30)
    /// Destinations that wait for an answer; of one peer, a quarter of them.
    static let limit = 16
    /// Connections that wait for the same answer.
    static let askerLimit = 64

    private struct Entry {
        let question: DestinationQuestion
        /// Who waits for the answer.
        var askers: [(number: UInt64, answer: (DestinationAnswer) -> Void)]
    }

    private let questioner: any Questioner
    private let loop: EventLoop
    private let logger: Logger
    private let remember: (DestinationQuestion) -> Void
    /// The first one is being asked.
    private var entries: [Entry] = []
    private var timer: TimerID?
    /// Tells answers to the present question from late ones to others.
    private var round: UInt64 = 0
    private var lastNumber: UInt64 = 0
    private var refused: [(question: DestinationQuestion, until: Instant)] = []

    /// - Parameter remember: writes down what is permitted from now on.
    init(
        questioner: any Questioner, loop: EventLoop, logger: Logger,
        remember: @escaping (DestinationQuestion) -> Void
    ) {
        self.questioner = questioner
        self.loop = loop
        self.logger = logger
        self.remember = remember
    }

    func ask(
        _ question: DestinationQuestion, _ answer: @escaping (DestinationAnswer) -> Void
    ) -> () -> Void {
        lastNumber += 1
        let number = lastNumber
        refused.removeAll { $0.until <= loop.now }
        if refused.contains(where: { $0.question == question }) {
            answer(.no)
            return {}
        }
        if let index = entries.firstIndex(where: { $0.question == question }) {
            guard entries[index].askers.count < Self.askerLimit else {
                answer(.no)
                return {}
            }
            entries[index].askers.append((number, answer))
        } else {
            let ofThisPeer = entries.count { $0.question.peer == question.peer }
            guard entries.count < Self.limit, ofThisPeer < Self.limit / 4 else {
                logger.warning("too many questions wait; one of '\(question.peer)' is refused")
                answer(.no)
                return {}
            }
            entries.append(Entry(question: question, askers: [(number, answer)]))
            if entries.count == 1 { putFirst() }
        }
        return { [weak self] in self?.withdraw(number) }
    }

    /// Answers all that wait with no: somebody else is asked from now on.
    func end() {
        stopTimer()
        round += 1
        let waiting = entries
        entries = []
        questioner.withdraw()
        for asker in waiting.flatMap(\.askers) { asker.answer(.no) }
    }

    private func putFirst() {
        guard let question = entries.first?.question else { return }
        round += 1
        let round = round
        timer = loop.schedule(after: Self.patience) { [weak self] in
            guard let self else { return }
            timer = nil
            logger.info("no answer about \(question.targetText) for '\(question.peer)': refused")
            questioner.withdraw()
            settle(.no)
        }
        questioner.put(question) { [weak self] answer in
            guard let self, round == self.round, !entries.isEmpty else { return }
            settle(answer)
        }
    }

    private func settle(_ answer: DestinationAnswer) {
        stopTimer()
        // Answers that come from now on are late.
        round += 1
        let entry = entries.removeFirst()
        switch answer {
        case .no:
            if refused.count >= Self.limit { refused.removeFirst() }
            refused.append((entry.question, loop.now + Self.patience))
        case .once, .session: break
        case .always: remember(entry.question)
        }
        for asker in entry.askers { asker.answer(answer) }
        putFirst()
    }

    private func withdraw(_ number: UInt64) {
        guard
            let index = entries.firstIndex(where: { $0.askers.contains { $0.number == number } })
        else { return }
        entries[index].askers.removeAll { $0.number == number }
        guard entries[index].askers.isEmpty else { return }
        entries.remove(at: index)
        guard index == 0 else { return }
        stopTimer()
        round += 1
        questioner.withdraw()
        putFirst()
    }

    private func stopTimer() {
        if let timer { loop.cancel(timer) }
        timer = nil
    }
}
