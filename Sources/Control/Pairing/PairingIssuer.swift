import SRMUDP

/// The side that shows a code and waits for whoever was told it.
///
/// Does no I/O and knows no clock. Feed it messages (`receive`) and time (`handleTimeout`, at
/// `nextTimeout`), and carry out the actions that it returns. The same joiner may come by several
/// ways at once; it is known by its share.
///
///              valid m3, uses left
///                  ┌───────┐
///                  ▼       │   the last use
///     init ───▶  open ─────┴──────────────▶ used up
///                  │
///                  └──────────────────────▶ failed
///                    a wrong guess, or one begun and not finished in 10 s; too many parties;
///                    nobody came in time; cancelled
///
/// The joiner confirms first, so somebody who guesses learns only whether the guess was right. One
/// wrong guess makes the code void for all uses that are left.
package struct PairingIssuer {
    package struct Configuration: Sendable {
        /// How long the code is good for.
        package var lifetime = Interval.seconds(600)
        /// How many peers may use it, one after the other; 1 or more.
        package var uses = 1
        /// How long a joiner may take between m2 and m3.
        package var confirmationTime = Interval.seconds(10)
        /// How long the last answer is repeated to who missed it.
        package var farewellTime = Interval.seconds(10)

        package init() {}
    }

    package enum State: Equatable {
        /// Answers joiners.
        case open
        /// All uses were taken. Only repeats answers that may have been lost.
        case usedUp
        /// The code is void, likewise.
        case failed(PairingFailure)
    }

    /// Joiners at once that have not confirmed. One more makes the code void: there is one person.
    package static let runLimit = 3
    /// Answers that are kept for repetition.
    static let farewellLimit = 4

    package private(set) var state = State.open
    /// What the next joiner is told; may change while waiting, as candidates come to be known.
    package var profile: PairingProfile
    /// Uses that are left.
    package private(set) var usesLeft: Int
    private let secret: SecretBytes
    private let configuration: Configuration
    private let random: any RandomSource
    private let expiry: Instant
    private var runs: [IssuerRun] = []
    private var farewells: [PairingFarewell] = []

    /// - Parameter secret: the code's, from `PairingCode.stretched`.
    package init(
        secret: SecretBytes, profile: PairingProfile, configuration: Configuration,
        random: any RandomSource, now: Instant
    ) {
        precondition(configuration.uses > 0, "a code is good for one use at least")
        self.secret = secret
        self.profile = profile
        self.configuration = configuration
        self.random = random
        usesLeft = configuration.uses
        expiry = now + configuration.lifetime
    }

    /// Whether there is nothing left to do, not even to repeat an answer.
    package var isDone: Bool { state != .open && farewells.isEmpty }

    // MARK: Events

    /// A message came by `route`. What is no message, or has no place, is passed over.
    package mutating func receive(
        _ bytes: [UInt8], from route: PairingRoute, now: Instant
    ) -> [PairingAction] {
        guard let message = decode(bytes) else { return [] }
        switch state {
        case .open:
            switch message {
            case .joinerShare(let share):
                return answer(share, from: route, now: now)
            case .joinerConfirmation(let confirmation, let sealedCard):
                return confirm(confirmation, sealedCard, from: route, now: now)
            case .issuerShare(let share):
                let isOurs = runs.contains { $0.share == share || $0.routes.contains(route) }
                return isOurs ? fail(.reflected, telling: [route], now: now) : []
            case .issuerConfirmation:
                let isOurs = runs.contains { $0.routes.contains(route) }
                return isOurs ? fail(.reflected, telling: [route], now: now) : []
            case .abort(let reason):
                guard runs.contains(where: { $0.routes.contains(route) }) else { return [] }
                return fail(PairingFailure(joinerAborted: reason), telling: [], now: now)
            }
        case .usedUp, .failed:
            switch message {
            case .joinerShare(let share): return [.send(lastWord(to: share), route)]
            case .joinerConfirmation: return repeatFarewell(to: route)
            case .issuerShare, .issuerConfirmation, .abort: return []
            }
        }
    }

    /// The user does not want to wait any more.
    package mutating func cancel(now: Instant) -> [PairingAction] {
        switch state {
        case .open: fail(.cancelled, telling: [], now: now)
        case .usedUp, .failed: []
        }
    }

    /// To be called at `nextTimeout`, or later.
    package mutating func handleTimeout(now: Instant) -> [PairingAction] {
        farewells.removeAll { $0.end <= now }
        switch state {
        case .open:
            if runs.contains(where: { $0.deadline <= now }) {
                return fail(.abandoned, telling: [], now: now)
            }
            return expiry <= now && runs.isEmpty ? fail(.expired, telling: [], now: now) : []
        case .usedUp, .failed: return []
        }
    }

    /// When to call `handleTimeout`; nil once there is nothing to wait for.
    package var nextTimeout: Instant? {
        let ends = farewells.map(\.end)
        switch state {
        // Who began in time may finish.
        case .open: return (ends + (runs.isEmpty ? [expiry] : runs.map(\.deadline))).min()
        case .usedUp, .failed: return ends.min()
        }
    }

    // MARK: Private parts

    private func decode(_ bytes: [UInt8]) -> PairingMessage? {
        do throws(WireError) { return try PairingMessage(decoding: bytes) } catch { return nil }
    }

    /// m1: a joiner shows up, or shows up again, or by another way.
    private mutating func answer(
        _ share: [UInt8], from route: PairingRoute, now: Instant
    ) -> [PairingAction] {
        if let index = runs.firstIndex(where: { $0.otherShare == share }) {
            guard runs[index].add(route) else { return [] }
            return [.send(PairingMessage.issuerShare(runs[index].share).encoded, route)]
        }
        guard now < expiry else {
            return [.send(PairingMessage.abort(.expired).encoded, route)]
        }
        if farewells.contains(where: { $0.otherShare == share }) {
            return [.send(lastWord(to: share), route)]
        }
        guard !runs.contains(where: { $0.share == share }) else {
            return fail(.reflected, telling: [route], now: now)
        }
        guard runs.count < Self.runLimit else {
            return fail(.crowded, telling: [route], now: now)
        }
        // Each run has secrets of its own.
        let spake = SPAKE2(
            role: PairingRole.issuer.spake2, secret: secret, context: PairingRole.context,
            random: random)
        do throws(SPAKE2.Failure) {
            let keys = PairingKeys(try spake.finish(with: share))
            runs.append(
                IssuerRun(
                    share: spake.share, otherShare: share, keys: keys, routes: [route],
                    deadline: now + configuration.confirmationTime))
            return [.send(PairingMessage.issuerShare(spake.share).encoded, route)]
        } catch {
            return fail(.wrongCode, telling: [route], now: now)
        }
    }

    /// m3: a joiner proves to know the code, or made a wrong guess.
    private mutating func confirm(
        _ confirmation: [UInt8], _ sealedCard: [UInt8], from route: PairingRoute, now: Instant
    ) -> [PairingAction] {
        guard let index = runs.firstIndex(where: { $0.routes.contains(route) }) else {
            return repeatFarewell(to: route)
        }
        let run = runs[index]
        guard let (card, bytes) = run.keys.open(sealedCard, of: .joiner, confirmation: confirmation)
        else { return fail(.wrongCode, telling: [], now: now) }
        guard card.profile.publicKey != profile.publicKey else {
            return fail(.ownCode, telling: [], now: now)
        }
        let ownCard = PairingCard(profile: profile, random: random).encoded
        let answer = PairingMessage.issuerConfirmation(
            confirmation: run.keys.confirmation,
            sealedCard: run.keys.seal(ownCard, of: .issuer)
        ).encoded
        let peer = PairedPeer(
            profile: card.profile,
            preSharedKey: run.keys.preSharedKey(issuerCard: ownCard, joinerCard: bytes))
        runs.remove(at: index)
        keep(PairingFarewell(run, message: answer, end: now + configuration.farewellTime))
        return [.send(answer, route), .completed(peer)] + countUse(now: now)
    }

    private mutating func countUse(now: Instant) -> [PairingAction] {
        usesLeft -= 1
        guard usesLeft == 0 else { return [] }
        state = .usedUp
        return dismissRuns(with: .used, now: now)
    }

    private mutating func fail(
        _ failure: PairingFailure, telling strangers: [PairingRoute], now: Instant
    ) -> [PairingAction] {
        state = .failed(failure)
        let known = Set(runs.flatMap(\.routes))
        let message = PairingMessage.abort(failure.abort).encoded
        return strangers.filter { !known.contains($0) }.map { .send(message, $0) }
            + dismissRuns(with: failure.abort, now: now) + [.failed(failure)]
    }

    /// Ends all runs and tells their joiners why.
    private mutating func dismissRuns(
        with reason: PairingAbort, now: Instant
    ) -> [PairingAction] {
        let message = PairingMessage.abort(reason).encoded
        let actions = runs.flatMap(\.routes).map { PairingAction.send(message, $0) }
        for run in runs {
            keep(PairingFarewell(run, message: message, end: now + configuration.farewellTime))
        }
        runs = []
        return actions
    }

    private mutating func keep(_ farewell: PairingFarewell) {
        if farewells.count == Self.farewellLimit { farewells.removeFirst() }
        farewells.append(farewell)
    }

    private func repeatFarewell(to route: PairingRoute) -> [PairingAction] {
        let farewell = farewells.last { $0.routes.contains(route) }
        return farewell.map { [.send($0.message, route)] } ?? []
    }

    private func lastWord(to share: [UInt8]) -> [UInt8] {
        let farewell = farewells.last { $0.otherShare == share }
        return farewell?.message ?? PairingMessage.abort(.used).encoded
    }
}

/// A joiner that was sent m2 and has not confirmed yet.
private struct IssuerRun {
    let share: [UInt8]
    let otherShare: [UInt8]
    let keys: PairingKeys
    private(set) var routes: [PairingRoute]
    let deadline: Instant

    /// A machine on one network with many addresses, and a mailbox besides.
    private static let routeLimit = 8

    init(
        share: [UInt8], otherShare: [UInt8], keys: PairingKeys, routes: [PairingRoute],
        deadline: Instant
    ) {
        self.share = share
        self.otherShare = otherShare
        self.keys = keys
        self.routes = routes
        self.deadline = deadline
    }

    /// Whether the joiner is answered by this way.
    mutating func add(_ route: PairingRoute) -> Bool {
        if routes.contains(route) { return true }
        guard routes.count < Self.routeLimit else { return false }
        routes.append(route)
        return true
    }
}

/// The last message of a run, kept for a joiner that missed it.
private struct PairingFarewell {
    let message: [UInt8]
    let otherShare: [UInt8]
    let routes: [PairingRoute]
    let end: Instant

    init(_ run: IssuerRun, message: [UInt8], end: Instant) {
        self.message = message
        otherShare = run.otherShare
        routes = run.routes
        self.end = end
    }
}
