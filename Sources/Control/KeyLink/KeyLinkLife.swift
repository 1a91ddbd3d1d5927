import SRMUDP

/// When a key link dials and what it tells of itself, as a calculator without a clock.
///
///     phase          event                    becomes
///     idle           prepared                 dialling, or calm where nobody is to be dialled
///     dialling       connected                greeting
///     calm, pausing  connected (it dialled)   greeting
///     greeting       greeted                  up: told as established
///     up             silent                   doubted
///     doubted        heard                    up
///     doubted        5 s later                missing: told as reconnecting
///     missing        heard                    up: told as established
///     any of these   lost                     pausing, or calm; told as reconnecting if it was up
///     greeting       10 s later               the connection is given up, which is a loss
///     pausing        0.5 s to 5 s later       dialling
///     any            ended                    ended
///
/// SRMUDP's keep-alive makes sure that something is due from the other end every 5 s; it says
/// `silent` when that does not come for about a second.
struct KeyLinkLife {
    enum Action: Equatable {
        case tell(KeyLinkState)
        /// Look the remote end up and dial it; `connected`, `lost` or `unresolved` follows.
        case dial
        /// Look the remote end up once more: it may have moved.
        case lookAgain
        /// Close the connection, whose other end does not take part.
        case giveUp
    }

    private enum Phase: Equatable {
        case idle
        case calm
        case dialling
        case greeting(until: Instant)
        case up(since: Instant)
        case doubted(until: Instant, since: Instant)
        case missing
        case pausing(until: Instant)
        case ended
    }

    /// How long a silence lasts before it is told.
    static let silence: Interval = .seconds(5)
    /// How long nobody answers before that is told.
    static let patience: Interval = .seconds(10)
    /// How long the other end may take to begin its stream.
    static let greetingTime: Interval = .seconds(10)
    /// How long after a loss the next dial begins; doubled each time, unless the connection before
    /// was up for `steadyTime`.
    static let pauses: ClosedRange<Interval> = .milliseconds(500)...(.seconds(5))
    static let steadyTime: Interval = .seconds(10)
    /// How often the remote end is looked up while it is not heard.
    static let lookInterval: Interval = .seconds(30)

    /// Whether there is somebody to dial.
    private let dials: Bool
    private(set) var state = KeyLinkState.waiting(nil)
    private var phase = Phase.idle
    private var pause = Self.pauses.lowerBound
    /// When it is told that nobody answers; nil once that was told or somebody did.
    private var patienceEnd: Instant?
    private var nextLook = Instant.distantFuture

    init(dials: Bool) { self.dials = dials }

    /// Whether messages may leave. In a silence they wait: it may end with the loss of the connection,
    /// and nothing would be known of those that had left.
    var maySend: Bool {
        if case .up = phase { true } else { false }
    }

    /// Whether there is a connection, heard or not, whose other end takes part.
    var isUp: Bool {
        switch phase {
        case .up, .doubted, .missing: true
        case .idle, .calm, .dialling, .greeting, .pausing, .ended: false
        }
    }

    var nextTimeout: Instant? {
        var deadline: Instant
        switch phase {
        case .idle, .calm, .up, .ended: return nil
        case .dialling: deadline = nextLook
        case .missing: deadline = nextLook
        case .greeting(let until), .doubted(let until, _), .pausing(let until): deadline = until
        }
        if let patienceEnd { deadline = min(deadline, patienceEnd) }
        return deadline == .distantFuture ? nil : deadline
    }

    // MARK: Events

    /// The key is there.
    mutating func prepared(now: Instant) -> [Action] {
        guard phase == .idle else { return [] }
        guard dials else {
            phase = .calm
            return []
        }
        patienceEnd = now + Self.patience
        return dial(now: now)
    }

    /// Nothing is found under the remote end's name.
    mutating func unresolved(_ reason: String, now: Instant) -> [Action] {
        guard phase == .dialling else { return [] }
        rest(now: now)
        patienceEnd = nil
        return tellWaiting(.unresolvable(reason))
    }

    /// There is a connection, dialled by either side.
    mutating func connected(now: Instant) {
        switch phase {
        case .calm, .dialling, .pausing: phase = .greeting(until: now + Self.greetingTime)
        case .idle, .greeting, .up, .doubted, .missing, .ended: break
        }
    }

    /// The other end takes part.
    mutating func greeted(now: Instant) -> [Action] {
        guard case .greeting = phase else { return [] }
        phase = .up(since: now)
        patienceEnd = nil
        return tell(.established)
    }

    mutating func silent(now: Instant) {
        guard case .up(let since) = phase else { return }
        phase = .doubted(until: now + Self.silence, since: since)
    }

    mutating func heard(now: Instant) -> [Action] {
        switch phase {
        case .doubted(_, let since):
            phase = .up(since: since)
            return []
        case .missing:
            phase = .up(since: now)
            return tell(.established)
        case .idle, .calm, .dialling, .greeting, .up, .pausing, .ended: return []
        }
    }

    /// The connection is gone.
    /// - Parameter unconfirmed: messages that had left, of which it is not known whether they
    ///   arrived.
    mutating func lost(_ error: ConnectionError, unconfirmed: Int, now: Instant) -> [Action] {
        switch phase {
        case .idle, .calm, .pausing, .ended: return []
        case .dialling, .greeting:
            rest(now: now)
            return error.isRefusal ? tellWaiting(.occupied) : []
        case .up(let since), .doubted(_, let since):
            if now - since >= Self.steadyTime { pause = Self.pauses.lowerBound }
            rest(now: now)
        case .missing: rest(now: now)
        }
        return tell(.reconnecting(.lost(error, unconfirmed: unconfirmed)))
    }

    mutating func ended(_ failure: KeyLinkFailure) -> [Action] {
        guard phase != .ended else { return [] }
        phase = .ended
        patienceEnd = nil
        return tell(.failed(failure))
    }

    /// - Parameter hearsOtherVersion: somebody answers who says that it speaks other versions.
    mutating func handleTimeout(hearsOtherVersion: Bool = false, now: Instant) -> [Action] {
        var actions: [Action] = []
        if let end = patienceEnd, end <= now {
            patienceEnd = nil
            actions += tellWaiting(hearsOtherVersion ? .otherVersion : .unanswered)
        }
        switch phase {
        case .greeting(let until) where until <= now: actions.append(.giveUp)
        case .doubted(let until, _) where until <= now:
            phase = .missing
            nextLook = now + Self.lookInterval
            actions += tell(.reconnecting(.silence))
        case .pausing(let until) where until <= now: actions += dial(now: now)
        case .dialling where nextLook <= now, .missing where nextLook <= now:
            nextLook = now + Self.lookInterval
            if dials { actions.append(.lookAgain) }
        case .idle, .calm, .dialling, .greeting, .up, .doubted, .missing, .pausing, .ended: break
        }
        return actions
    }

    // MARK: Parts

    private mutating func dial(now: Instant) -> [Action] {
        phase = .dialling
        nextLook = now + Self.lookInterval
        return [.dial]
    }

    private mutating func rest(now: Instant) {
        guard dials else {
            phase = .calm
            return
        }
        phase = .pausing(until: now + pause)
        pause = min(pause * 2, Self.pauses.upperBound)
    }

    private mutating func tellWaiting(_ obstacle: KeyLinkObstacle) -> [Action] {
        // Whoever was there before is known to be somebody; why it is gone was told.
        guard case .waiting = state else { return [] }
        return tell(.waiting(obstacle))
    }

    private mutating func tell(_ state: KeyLinkState) -> [Action] {
        guard self.state != state else { return [] }
        self.state = state
        return [.tell(state)]
    }
}
