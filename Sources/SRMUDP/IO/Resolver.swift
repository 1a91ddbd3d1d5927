internal import CSystem

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

    /// How many questions may wait for the system's resolver.
    package static let maximumQueueLength = 256

    private let loop: EventLoop
    /// Has cancelled questions too.
    private let queue: BackgroundQueue<Result>
    private var completions: [UInt64: (Result) -> Void] = [:]
    private var nextNumber: UInt64 = 0

    package init(loop: EventLoop) {
        self.loop = loop
        queue = BackgroundQueue(loop: loop)
    }

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
        } else if queue.count >= Self.maximumQueueLength {
            answerSoon(number, .failure("too many names are being looked up"))
        } else {
            ask(number, name)
        }
        return Query(number: number)
    }

    /// Makes sure that the completion is not called any more.
    package func cancel(_ query: Query) { completions[query.number] = nil }

    private func ask(_ number: UInt64, _ name: String) {
        queue.submit {
            Self.lookUp(name)
        } completion: { [weak self] in
            switch $0 {
            case .success(let answer): self?.finish(number, answer)
            case .failure(let error): self?.finish(number, .failure(error.description))
            }
        }
    }

    private func answerSoon(_ number: UInt64, _ answer: Result) {
        loop.schedule(at: loop.now) { [weak self] in self?.finish(number, answer) }
    }

    private func finish(_ number: UInt64, _ answer: Result) {
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

    private static func lookUp(_ name: String) -> Result {
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
