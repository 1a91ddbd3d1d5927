import SRMUDP

/// The side that was told a code.
///
/// Does no I/O and knows no clock: see `PairingIssuer`. Its first message may be sent by several
/// ways at once and as often as needed; the first m2 decides with whom it goes on, because each
/// answer to an m2 allows somebody one guess.
///
///     init ──▶ awaiting share ──m2──▶ awaiting confirmation ──m4──▶ completed
///                    │                          │
///                    └─────────▶ failed ◀───────┘   no answer in time, a wrong code, an abort
package struct PairingJoiner {
    package struct Configuration: Sendable {
        /// How long somebody may take to answer m1.
        package var answerTime = Interval.seconds(30)
        /// How long the issuer may take between m3 and m4.
        package var confirmationTime = Interval.seconds(10)

        package init() {}
    }

    private enum State {
        /// m1 goes out. Nobody answered yet.
        case awaitingShare(deadline: Instant)
        /// m3 went to who answered.
        case awaitingConfirmation(JoinerRun, deadline: Instant)
        case completed
        case failed
    }

    private var state: State
    /// m1, to be sent by every way there is.
    package let firstMessage: [UInt8]
    private let spake: SPAKE2
    private let profile: PairingProfile
    private let configuration: Configuration
    private let random: any RandomSource

    /// - Parameter secret: the code's, from `PairingCode.stretched`.
    package init(
        secret: SecretBytes, profile: PairingProfile,
        configuration: Configuration = Configuration(), random: any RandomSource, now: Instant
    ) {
        spake = SPAKE2(
            role: PairingRole.joiner.spake2, secret: secret, context: PairingRole.context,
            random: random)
        firstMessage = PairingMessage.joinerShare(spake.share).encoded
        self.profile = profile
        self.configuration = configuration
        self.random = random
        state = .awaitingShare(deadline: now + configuration.answerTime)
    }

    // MARK: Events

    /// A message came by `route`. What is no message, or has no place, is passed over.
    package mutating func receive(
        _ bytes: [UInt8], from route: PairingRoute, now: Instant
    ) -> [PairingAction] {
        guard let message = decode(bytes) else { return [] }
        switch state {
        case .awaitingShare:
            switch message {
            case .issuerShare(let share): return answer(share, from: route, now: now)
            case .joinerShare(let share): return share == spake.share ? fail(.reflected) : []
            case .abort(let reason): return fail(PairingFailure(issuerAborted: reason))
            case .joinerConfirmation, .issuerConfirmation: return []
            }
        case .awaitingConfirmation(let run, let deadline):
            switch message {
            case .issuerShare(let share):
                return share == run.otherShare ? answerAgain(run, route, deadline: deadline) : []
            case .joinerShare, .joinerConfirmation:
                return run.routes.contains(route) ? fail(.reflected) : []
            case .issuerConfirmation(let confirmation, let sealedCard):
                return run.routes.contains(route) ? complete(run, confirmation, sealedCard) : []
            case .abort(let reason):
                guard run.routes.contains(route) else { return [] }
                return fail(PairingFailure(issuerAborted: reason))
            }
        case .completed, .failed: return []
        }
    }

    /// The rendezvous server knows no such number, or says that it is crowded. Not the last word
    /// where the local network is tried too: the caller decides.
    package mutating func refuse(_ failure: PairingFailure) -> [PairingAction] {
        switch state {
        case .awaitingShare, .awaitingConfirmation: fail(failure)
        case .completed, .failed: []
        }
    }

    /// Whether somebody answered m1, so that the exchange is under way.
    package var isAnswered: Bool {
        switch state {
        case .awaitingShare: false
        case .awaitingConfirmation, .completed, .failed: true
        }
    }

    /// The user does not want to wait any more.
    package mutating func cancel() -> [PairingAction] { refuse(.cancelled) }

    /// To be called at `nextTimeout`, or later.
    package mutating func handleTimeout(now: Instant) -> [PairingAction] {
        switch state {
        case .awaitingShare(let deadline): deadline <= now ? fail(.unanswered) : []
        case .awaitingConfirmation(_, let deadline): deadline <= now ? fail(.unconfirmed) : []
        case .completed, .failed: []
        }
    }

    /// When to call `handleTimeout`; nil once the exchange is over.
    package var nextTimeout: Instant? {
        switch state {
        case .awaitingShare(let deadline), .awaitingConfirmation(_, let deadline): deadline
        case .completed, .failed: nil
        }
    }

    // MARK: Private parts

    private func decode(_ bytes: [UInt8]) -> PairingMessage? {
        do throws(WireError) { return try PairingMessage(decoding: bytes) } catch { return nil }
    }

    /// m2: somebody answers, the issuer or who plays it.
    private mutating func answer(
        _ share: [UInt8], from route: PairingRoute, now: Instant
    ) -> [PairingAction] {
        guard share != spake.share else { return fail(.reflected, telling: [route]) }
        do throws(SPAKE2.Failure) {
            let keys = PairingKeys(try spake.finish(with: share))
            let card = PairingCard(profile: profile, random: random).encoded
            let message = PairingMessage.joinerConfirmation(
                confirmation: keys.confirmation, sealedCard: keys.seal(card, of: .joiner)
            ).encoded
            let run = JoinerRun(
                otherShare: share, keys: keys, card: card, message: message, routes: [route])
            state = .awaitingConfirmation(run, deadline: now + configuration.confirmationTime)
            return [.send(message, route)]
        } catch {
            return fail(.wrongCode, telling: [route])
        }
    }

    /// The same m2 again, or by another way: the same m3 goes there too.
    private mutating func answerAgain(
        _ run: JoinerRun, _ route: PairingRoute, deadline: Instant
    ) -> [PairingAction] {
        var run = run
        guard run.add(route) else { return [] }
        state = .awaitingConfirmation(run, deadline: deadline)
        return [.send(run.message, route)]
    }

    /// m4
    private mutating func complete(
        _ run: JoinerRun, _ confirmation: [UInt8], _ sealedCard: [UInt8]
    ) -> [PairingAction] {
        guard let (card, bytes) = run.keys.open(sealedCard, of: .issuer, confirmation: confirmation)
        else { return fail(.wrongCode) }
        guard card.profile.publicKey != profile.publicKey else { return fail(.ownCode) }
        state = .completed
        let key = run.keys.preSharedKey(issuerCard: bytes, joinerCard: run.card)
        return [.completed(PairedPeer(profile: card.profile, preSharedKey: key))]
    }

    private mutating func fail(
        _ failure: PairingFailure, telling strangers: [PairingRoute] = []
    ) -> [PairingAction] {
        let message = PairingMessage.abort(failure.abort).encoded
        var routes = strangers
        switch state {
        case .awaitingConfirmation(let run, _): routes += run.routes
        case .awaitingShare, .completed, .failed: break
        }
        state = .failed
        return routes.map { .send(message, $0) } + [.failed(failure)]
    }
}

/// The one run that the joiner takes part in.
private struct JoinerRun {
    let otherShare: [UInt8]
    let keys: PairingKeys
    let card: [UInt8]
    /// m3, the same whenever it is sent.
    let message: [UInt8]
    private(set) var routes: [PairingRoute]

    private static let routeLimit = 8

    init(
        otherShare: [UInt8], keys: PairingKeys, card: [UInt8], message: [UInt8],
        routes: [PairingRoute]
    ) {
        self.otherShare = otherShare
        self.keys = keys
        self.card = card
        self.message = message
        self.routes = routes
    }

    /// Whether m3 goes that way.
    mutating func add(_ route: PairingRoute) -> Bool {
        if routes.contains(route) { return true }
        guard routes.count < Self.routeLimit else { return false }
        routes.append(route)
        return true
    }
}
