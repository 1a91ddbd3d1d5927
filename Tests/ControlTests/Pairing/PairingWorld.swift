import SRMUDP
import TestSupport

@testable import Control

/// An issuer and a joiner whose messages a test carries by hand.
struct PairingWorld {
    static let mailbox = PairingRoute.mailbox(5, party: 1)
    static let stranger = PairingRoute.mailbox(5, party: 2)
    static let lan = PairingRoute.local(.simulated(host: 9))

    var now = Instant(nanoseconds: 1_000)
    var issuer: PairingIssuer
    var joiner: PairingJoiner

    /// - Parameter guess: whether the joiner has another secret than the issuer.
    init(seed: UInt64 = 1, guess: Bool = false, uses: Int = 1) throws {
        let random = SeededRandomSource(seed: seed)
        var configuration = PairingIssuer.Configuration()
        configuration.uses = uses
        issuer = PairingIssuer(
            secret: Self.secret(1), profile: try Self.profile("anna", key: 1),
            configuration: configuration, random: random, now: now)
        joiner = PairingJoiner(
            secret: Self.secret(guess ? 2 : 1), profile: try Self.profile("bo", key: 2),
            random: random, now: now)
    }

    static func secret(_ byte: UInt8) -> SecretBytes {
        SecretBytes([UInt8](repeating: byte, count: SPAKE2.secretLength))
    }

    static func profile(_ label: String, key: UInt64) throws -> PairingProfile {
        try PairingProfile(
            publicKey: Sample.keyPair(key).publicKey, label: label,
            candidates: [
                Candidate(.host, .simulated(host: UInt16(key))),
                Candidate(.reflexive, .simulated(host: 100 + UInt16(key), port: 9)),
            ],
            offers: ["localhost:8080"], rendezvous: "rendezvous.example:7000")
    }

    /// A joiner besides the one of this world, which knows the code, or guesses.
    func otherJoiner(guess: Bool, seed: UInt64 = 77) throws -> PairingJoiner {
        PairingJoiner(
            secret: Self.secret(guess ? 3 : 1), profile: try Self.profile("other", key: seed),
            random: SeededRandomSource(seed: seed), now: now)
    }

    mutating func toIssuer(
        _ message: [UInt8], by route: PairingRoute = mailbox
    ) -> [PairingAction] {
        issuer.receive(message, from: route, now: now)
    }

    mutating func toJoiner(
        _ message: [UInt8], by route: PairingRoute = mailbox
    ) -> [PairingAction] {
        joiner.receive(message, from: route, now: now)
    }

    /// Carries everything until both fall silent.
    mutating func run(by route: PairingRoute = mailbox) -> (
        issuer: [PairingAction], joiner: [PairingAction]
    ) {
        var actions: (issuer: [PairingAction], joiner: [PairingAction]) = ([], [])
        var forIssuer = [joiner.firstMessage]
        while !forIssuer.isEmpty {
            let issuerActions = forIssuer.flatMap { toIssuer($0, by: route) }
            let joinerActions = issuerActions.messages.flatMap { toJoiner($0, by: route) }
            actions.issuer += issuerActions
            actions.joiner += joinerActions
            forIssuer = joinerActions.messages
        }
        return actions
    }
}

extension [PairingAction] {
    var messages: [[UInt8]] {
        compactMap { action in
            if case .send(let message, _) = action { message } else { nil }
        }
    }

    var routes: [PairingRoute] {
        compactMap { action in if case .send(_, let route) = action { route } else { nil } }
    }

    var peer: PairedPeer? {
        compactMap { action in if case .completed(let peer) = action { peer } else { nil } }.first
    }

    var failure: PairingFailure? {
        compactMap { action in
            if case .failed(let failure) = action { failure } else { nil }
        }.first
    }
}
