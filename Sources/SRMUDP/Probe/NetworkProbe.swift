/// Finds out what the network between us and a server does, by asking the server from several
/// sides and from the node's own socket (after RFC 5780).
///
///     main        to the server's main port       where does it see us?
///     filtering   likewise, answer from the other port     does that come in?
///     other       to the server's other port      does it see us at the same place?
///     further     to other servers                do they?
///     hairpin     to our own outside address      does that come back?
///
/// `other` waits for `filtering`, because it opens the way that `filtering` wants to find open or
/// closed. For the same reason `filtering` tells the truth only if the socket has not sent to the
/// other port for some minutes; a test of the network opens a socket for it.
package struct NetworkProbe: Inquiry {
    package struct Tests: OptionSet, Sendable {
        package let rawValue: Int

        package init(rawValue: Int) { self.rawValue = rawValue }

        package static let filtering = Tests(rawValue: 1)
        package static let hairpin = Tests(rawValue: 2)
    }

    package struct Options: Sendable {
        package var server: SocketAddress
        /// The server's other port where it is known; else the first answer tells it.
        package var otherPort: UInt16?
        /// Servers at other addresses, of the same family; at most `furtherLimit` are asked.
        package var further: [SocketAddress] = []
        /// The port that our socket is bound to.
        package var localPort: UInt16
        /// The addresses of our interfaces.
        package var localAddresses: [IPAddress] = []
        package var tests: Tests = []

        package init(server: SocketAddress, localPort: UInt16) {
            self.server = server
            self.localPort = localPort
        }
    }

    package static let furtherLimit = 3
    /// For what may never be answered, once it is known how fast the server answers.
    private static let doubtfulAttempts = 3

    package private(set) var report: NetworkReport
    private let options: Options
    private let random: any RandomSource
    private var questions: [Question] = []

    package init(_ options: Options, random: any RandomSource, now: Instant) {
        self.options = options
        self.random = random
        report = NetworkReport(server: options.server)
        report.otherPort = options.otherPort
        ask(.main, options.server, now: now)
        for server in options.further.prefix(Self.furtherLimit) where server != options.server {
            ask(.further, server, now: now)
        }
        if options.tests.isDisjoint(with: .filtering) { askOther(now: now) }
    }

    // MARK: Outputs

    package mutating func pollTransmit(
        now: Instant
    ) -> (datagram: [UInt8], destination: SocketAddress)? {
        advance(now: now)
        for index in questions.indices where questions[index].take(now: now) {
            let transaction = ProbeTransaction(random: random)
            questions[index].transactions.append((transaction, now))
            let request = ProbeRequest(
                transaction: transaction,
                wantsOtherPort: questions[index].purpose == .filtering)
            return (request.encoded, questions[index].destination)
        }
        return nil
    }

    package var nextTimeout: Instant? {
        questions.lazy.filter(\.isOpen).map(\.repetition.due).min()
    }

    // MARK: Inputs

    package mutating func handle(_ datagram: [UInt8], from source: SocketAddress, now: Instant) {
        if let answer = ProbeAnswer(datagram) {
            handle(answer, from: source, now: now)
        } else if let request = ProbeRequest(datagram) {
            handle(request, now: now)
        }
    }

    private mutating func handle(_ answer: ProbeAnswer, from source: SocketAddress, now: Instant) {
        guard let (index, sentAt) = question(asked: answer.transaction) else { return }
        let question = questions[index]
        guard question.purpose != .hairpin, source == question.answersFrom,
            isCredible(answer.observed)
        else { return }
        questions[index].isOpen = false
        report.roundTrip = min(report.roundTrip ?? now - sentAt, now - sentAt)
        switch question.purpose {
        case .main:
            report.otherPort = answer.otherPort ?? report.otherPort
            observe(answer.observed, by: question.destination)
            learnedOutside(answer.observed, now: now)
        case .filtering: filteringIsOver(.portIndependent, now: now)
        case .other, .further: observe(answer.observed, by: question.destination)
        case .hairpin: break
        }
        finishIfComplete()
    }

    /// Only our own question to ourselves is of interest.
    private mutating func handle(_ request: ProbeRequest, now: Instant) {
        guard let (index, _) = question(asked: request.transaction),
            questions[index].purpose == .hairpin
        else { return }
        questions[index].isOpen = false
        report.hasHairpin = true
        finishIfComplete()
    }

    /// An open question of which this is a transaction, and when it was asked.
    private func question(asked transaction: ProbeTransaction) -> (Int, Instant)? {
        for index in questions.indices where questions[index].isOpen {
            let asked = questions[index].transactions.first { $0.transaction == transaction }
            if let asked { return (index, asked.sentAt) }
        }
        return nil
    }

    /// Nobody can see us at an address that nothing can be sent to, or within another machine.
    private func isCredible(_ observed: SocketAddress) -> Bool {
        observed.isDialable && observed.ip.isIPv4 == options.server.ip.isIPv4
            && (!observed.ip.isLoopback || options.server.ip.isLoopback)
    }

    // MARK: What follows from what

    private mutating func learnedOutside(_ outside: SocketAddress, now: Instant) {
        report.keepsPort = outside.port == options.localPort
        if options.tests.contains(.hairpin), !isOwn(outside) {
            ask(.hairpin, outside, isDoubtful: true, now: now)
        }
        guard options.tests.contains(.filtering), let port = report.otherPort else {
            return askOther(now: now)
        }
        let other = SocketAddress(options.server.ip, port: port)
        ask(.filtering, options.server, answersFrom: other, isDoubtful: true, now: now)
    }

    private mutating func filteringIsOver(_ filtering: NetworkReport.Filtering, now: Instant) {
        report.filtering = filtering
        askOther(now: now)
    }

    private mutating func askOther(now: Instant) {
        guard let port = report.otherPort, !questions.contains(where: { $0.purpose == .other })
        else { return }
        ask(.other, SocketAddress(options.server.ip, port: port), now: now)
    }

    private mutating func ask(
        _ purpose: Question.Purpose, _ destination: SocketAddress,
        answersFrom: SocketAddress? = nil, isDoubtful: Bool = false, now: Instant
    ) {
        let patience = report.roundTrip.map { $0 * 2 + .milliseconds(100) }
        let repetition =
            isDoubtful
            ? Repetition(limit: Self.doubtfulAttempts, patience: patience, now: now)
            : Repetition(now: now)
        questions.append(
            Question(
                purpose: purpose, destination: destination,
                answersFrom: answersFrom ?? destination, repetition: repetition))
    }

    private func isOwn(_ address: SocketAddress) -> Bool {
        address.port == options.localPort && options.localAddresses.contains(address.ip)
    }

    private mutating func observe(_ observed: SocketAddress, by server: SocketAddress) {
        report.observations.append(.init(server: server, observed: observed))
        report.mapping = mapping
    }

    private var mapping: NetworkReport.Mapping {
        let observations = report.observations
        guard let observed = report.observed else { return .unknown }
        if isOwn(observed) { return .none }
        let atServer = observations.filter { $0.server.ip == options.server.ip }
        let elsewhere = observations.filter { $0.server.ip != options.server.ip }
        if atServer.contains(where: { $0.observed != observed }) { return .portDependent }
        if elsewhere.contains(where: { $0.observed != observed }) { return .addressDependent }
        return observations.count > 1 ? .endpointIndependent : .unknown
    }

    private mutating func advance(now: Instant) {
        for index in questions.indices where questions[index].isOver(now: now) {
            questions[index].isOpen = false
            switch questions[index].purpose {
            case .main, .other, .further: break
            case .filtering: filteringIsOver(.portDependent, now: now)
            case .hairpin: report.hasHairpin = false
            }
        }
        finishIfComplete()
    }

    private mutating func finishIfComplete() {
        report.isComplete = questions.allSatisfy { !$0.isOpen }
    }
}

private struct Question {
    enum Purpose: Sendable {
        case main, filtering, other, further, hairpin
    }

    let purpose: Purpose
    let destination: SocketAddress
    let answersFrom: SocketAddress
    var repetition: Repetition
    var transactions: [(transaction: ProbeTransaction, sentAt: Instant)] = []
    var isOpen = true

    mutating func take(now: Instant) -> Bool { isOpen && repetition.take(now: now) }
    func isOver(now: Instant) -> Bool { isOpen && repetition.isOver(now: now) }
}
