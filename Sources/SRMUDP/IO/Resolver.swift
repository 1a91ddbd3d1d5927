internal import CSystem
internal import Synchronization

/// Turns host names into addresses without holding up the event loop.
///
/// Addresses in text form and `localhost` are answered on the spot. For everything else the
/// system's resolver is asked on one helper thread, which starts with the first question; its
/// answers come back through the loop's mailbox. The system bounds the time of each question.
package final class Resolver {
    package enum Result: Equatable, Sendable {
        /// At least one, in the system's order of preference.
        case addresses([IPAddress])
        /// Why there are none, in words: the system's where it was asked.
        case failure(String)
    }

    /// Names a question, to cancel it by.
    package struct Query: Hashable, Sendable {
        let number: UInt64
    }

    /// How many questions may wait for the helper thread.
    package static let maximumQueueLength = 256

    private let loop: EventLoop
    private var desk: ResolverDesk?
    private var completions: [UInt64: (Result) -> Void] = [:]
    private var nextNumber: UInt64 = 0
    /// Questions in the helper's queue or hands, cancelled ones included.
    private var pendingCount = 0

    package init(loop: EventLoop) { self.loop = loop }

    deinit { desk?.close() }

    /// What can be said of `name` without asking anybody: an IP address, or the two loopback
    /// addresses for `localhost` and names below it (RFC 6761 section 6.3).
    package static func literal(_ name: String) -> [IPAddress]? {
        if let address = IPAddress(name) { return [address] }
        var labels = name.lowercased().split(separator: ".", omittingEmptySubsequences: false)
        if labels.count > 1, labels.last == "" { labels.removeLast() }
        return labels.last == "localhost" ? [.loopbackIPv6, .loopbackIPv4] : nil
    }

    /// Looks `name` up and calls `completion` once; never from within this call.
    @discardableResult
    package func resolve(_ name: String, _ completion: @escaping (Result) -> Void) -> Query {
        let number = nextNumber
        nextNumber += 1
        completions[number] = completion
        if let addresses = Self.literal(name) {
            answerSoon(number, .addresses(addresses))
        } else if !Self.isHostName(name) {
            answerSoon(number, .failure("not a host name"))
        } else if pendingCount >= Self.maximumQueueLength {
            answerSoon(number, .failure("too many names are being looked up"))
        } else {
            ask(number, name)
        }
        return Query(number: number)
    }

    /// Makes sure that the completion is not called any more.
    package func cancel(_ query: Query) { completions[query.number] = nil }

    private func ask(_ number: UInt64, _ name: String) {
        do {
            let desk = try openDesk()
            let resolver = LoopBound(self)
            let mailbox = loop.mailbox
            desk.submit(name) { answer in
                mailbox.post { resolver.object?.finish(number, answer) }
            }
            pendingCount += 1
        } catch {
            answerSoon(number, .failure(error.description))
        }
    }

    private func openDesk() throws(SystemError) -> ResolverDesk {
        if let desk { return desk }
        let desk = try ResolverDesk()
        try desk.start()
        self.desk = desk
        return desk
    }

    private func answerSoon(_ number: UInt64, _ answer: Result) {
        loop.schedule(at: loop.now) { [weak self] in
            self?.completions.removeValue(forKey: number)?(answer)
        }
    }

    private func finish(_ number: UInt64, _ answer: Result) {
        pendingCount -= 1
        completions.removeValue(forKey: number)?(answer)
    }

    /// Up to 253 letters, digits, hyphens, dots and underscores, none of which the system's
    /// resolver could take for the short and octal spellings of IPv4 addresses.
    private static func isHostName(_ name: String) -> Bool {
        let allowed = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard allowed, (1...253).contains(name.utf8.count), let first = name.utf8.first,
            first != UInt8(ascii: "-"), first != UInt8(ascii: ".")
        else { return false }
        // No top-level domain begins with a digit, but every spelling of IPv4 ends in a number.
        let last = name.split(separator: ".").last?.utf8.first ?? UInt8(ascii: "0")
        return !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(last)
    }
}

/// The queue between a `Resolver` and its helper thread.
private final class ResolverDesk: Sendable {
    private struct Question: Sendable {
        let name: String
        let reply: @Sendable (Resolver.Result) -> Void
    }

    private struct State {
        var questions: [Question] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    /// Counts the questions, plus one for the end.
    private let bell: FileDescriptor

    init() throws(SystemError) {
        bell = try FileDescriptor("eventfd", csystem_wakeup_create(true))
    }

    /// Starts the helper thread, which keeps this object until `close`.
    func start() throws(SystemError) {
        let context = Unmanaged.passRetained(self)
        let result = csystem_thread_start(
            { context in
                // The context is the one given below, never nil.
                Unmanaged<ResolverDesk>.fromOpaque(context!).takeRetainedValue().work()
                return nil
            }, context.toOpaque())
        if result < 0 { context.release() }
        try SystemError.check("pthread_create", result)
    }

    func submit(_ name: String, reply: @escaping @Sendable (Resolver.Result) -> Void) {
        state.withLock { $0.questions.append(Question(name: name, reply: reply)) }
        _ = csystem_wakeup_signal(bell.number)
    }

    /// Ends the thread after the question in its hands.
    func close() {
        state.withLock {
            $0.isClosed = true
            $0.questions = []
        }
        _ = csystem_wakeup_signal(bell.number)
    }

    private func work() {
        while true {
            _ = csystem_wakeup_consume(bell.number)
            let (question, isClosed) = state.withLock { state -> (Question?, Bool) in
                (state.questions.isEmpty ? nil : state.questions.removeFirst(), state.isClosed)
            }
            if isClosed { return }
            if let question { question.reply(Self.lookUp(question.name)) }
        }
    }

    private static func lookUp(_ name: String) -> Resolver.Result {
        var found = [csystem_address](repeating: SocketAddress.none, count: 32)
        let count = csystem_resolve(name, &found, Int32(found.count))
        guard count > 0 else {
            let reason =
                count < 0 ? String(cString: csystem_resolve_error_text(count)) : "no address"
            return .failure(reason)
        }
        return .addresses(found.prefix(Int(count)).map { SocketAddress($0).ip })
    }
}
