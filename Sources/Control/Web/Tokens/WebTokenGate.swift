import Forwarding
import SRMUDP

/// Lets those in who have a token, and keeps those away for a while who guess.
///
/// Each wrong token costs its source a second; from ten at once on it is kept away until all its
/// seconds are over, a minute at most. The limit is kind because many may share a source, and because
/// 256 random bits are not guessed.
package final class WebTokenGate {
    private static let offence = Interval.seconds(1)
    private static let threshold = Interval.seconds(10)
    private static let longest = Interval.seconds(60)
    private static let sources = 1024

    package let book: WebTokenBook
    private let clock: () -> UnixTime
    private let logger: Logger
    private var penalties = PenaltyTable(
        threshold: threshold, maximum: longest, capacity: sources)
    private var complaints = RepetitionFilter(interval: .seconds(60))

    package init(book: WebTokenBook, clock: @escaping () -> UnixTime, logger: Logger) {
        self.book = book
        self.clock = clock
        self.logger = logger
    }

    /// The token of a request; counts no use.
    package func check(
        _ head: HTTPRequestHead, from source: IPAddress, now: Instant
    ) throws(WebTokenRefusal) -> WebToken {
        try check(try WebTokenSource.token(of: head), from: source, now: now)
    }

    /// The token of a request; counts a use.
    package func redeem(
        _ head: HTTPRequestHead, from source: IPAddress, now: Instant
    ) throws(WebTokenRefusal) -> WebToken {
        try redeem(try WebTokenSource.token(of: head), from: source, now: now)
    }

    /// The same for a token that came in another way; nil: none did.
    package func check(
        _ text: String?, from source: IPAddress, now: Instant
    ) throws(WebTokenRefusal) -> WebToken {
        try admit(text, from: source, now: now) { text, time throws(FileError) in
            try book.check(text, now: time)
        }
    }

    package func redeem(
        _ text: String?, from source: IPAddress, now: Instant
    ) throws(WebTokenRefusal) -> WebToken {
        try admit(text, from: source, now: now) { text, time throws(FileError) in
            try book.redeem(text, now: time)
        }
    }

    private func admit(
        _ text: String?, from source: IPAddress, now: Instant,
        find: (String, UnixTime) throws(FileError) -> WebToken?
    ) throws(WebTokenRefusal) -> WebToken {
        guard let text else { throw .unauthorized }
        let source = SourceNetwork(source)
        guard !penalties.isKeptAway(source, now: now) else { throw .keptAway }
        do throws(FileError) {
            if let token = try find(text, clock()) { return token }
        } catch {
            throw unavailable(error, now: now)
        }
        penalties.add(Self.offence, to: source, now: now)
        throw .unauthorized
    }

    /// Says in the log what is wrong with the file; strangers need not know.
    func unavailable(_ error: FileError, now: Instant) -> WebTokenRefusal {
        if let text = complaints.admit("web tokens: \(error)", now: now) { logger.error(text) }
        return .unavailable
    }
}
