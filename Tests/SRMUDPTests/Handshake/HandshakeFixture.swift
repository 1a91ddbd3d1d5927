import TestSupport

@testable import SRMUDP

/// Two nodes that know each other, with all keys from one seed.
struct HandshakeFixture {
    static let address = [UInt8](repeating: 0, count: 10) + [0xff, 0xff, 192, 0, 2, 1, 0x13, 0x88]
    static let now = Instant(nanoseconds: 1_000_000_000_000)

    let random: SeededRandomSource
    let initiatorStatic: X25519.KeyPair
    let responderStatic: X25519.KeyPair
    let preSharedKey: SecretBytes

    init(seed: UInt64 = 1) {
        random = SeededRandomSource(seed: seed)
        initiatorStatic = .generate(from: random)
        responderStatic = .generate(from: random)
        preSharedKey = SecretBytes(random.bytes(count: 32))
    }

    var responderKeys: ResponderKeys {
        ResponderKeys(localStatic: responderStatic, preSharedKeys: [preSharedKey])
    }

    var parameters: TransportParameters {
        var parameters = TransportParameters()
        parameters.initialMaxData = 1 << 20
        parameters.initialMaxStreamData = 1 << 18
        parameters.initialMaxStreams = 100
        parameters.maxDatagramSize = 1452
        parameters.label = "laptop"
        return parameters
    }

    func makeGate() -> Gate {
        Gate(HandshakeGuard(keys: responderKeys, random: random, now: Self.now))
    }

    /// - Precondition: the keys fit the pattern.
    func makeInitiator(
        _ pattern: HandshakePattern, ticketID: [UInt8]? = nil, preSharedKey: SecretBytes? = nil
    ) -> InitiatorHandshake {
        guard
            let handshake = InitiatorHandshake(
                pattern: pattern, localStatic: initiatorStatic,
                remoteStatic: responderStatic.publicKey,
                preSharedKey: preSharedKey ?? self.preSharedKey, ticketID: ticketID,
                localConnectionID: .random(from: random), instance: 0x1111,
                resetToken: [UInt8](repeating: 0xaa, count: 16), parameters: parameters,
                random: random)
        else { preconditionFailure("the fixture's keys are good") }
        return handshake
    }

    func respond(
        to initiation: [UInt8], preSharedKey: SecretBytes? = nil
    ) -> (response: [UInt8], outcome: HandshakeOutcome)? {
        ResponderHandshake.open(initiation, keys: responderKeys)?.respond(
            preSharedKey: preSharedKey ?? self.preSharedKey,
            localConnectionID: .random(from: random), instance: 0x2222,
            resetToken: [UInt8](repeating: 0xbb, count: 16), observedAddress: Self.address,
            parameters: parameters, random: random)
    }

    /// `initiation` with a good mac1 again, as somebody makes who knows the responder's identity.
    func resealed(_ initiation: [UInt8], _ pattern: HandshakePattern) -> [UInt8] {
        let mac = responderMAC(pattern).code(over: initiation[..<HandshakeFormat.mac1Offset])
        return initiation[..<HandshakeFormat.mac1Offset] + mac
            + initiation[HandshakeFormat.mac2Offset...]
    }

    /// `response` with a good mac1 again, as somebody makes who knows the initiator's identity.
    func resealed(response: [UInt8], _ pattern: HandshakePattern) -> [UInt8] {
        let authenticated = response.dropLast(HandshakeFormat.macLength)
        let mac =
            pattern == .ikpsk2
            ? HandshakeMAC(receiver: initiatorStatic.publicKey) : responderMAC(pattern)
        return authenticated + mac.code(over: authenticated)
    }

    func responderMAC(_ pattern: HandshakePattern) -> HandshakeMAC {
        switch pattern {
        case .ikpsk2: HandshakeMAC(receiver: responderStatic.publicKey)
        case .nnpsk0: HandshakeMAC(preSharedKey: preSharedKey)
        }
    }
}

extension HandshakePattern {
    static let all: [HandshakePattern] = [.ikpsk2, .nnpsk0]
}

/// Holds a guard where expectations can call it.
final class Gate {
    private var handshakeGuard: HandshakeGuard

    init(_ handshakeGuard: consuming HandshakeGuard) { self.handshakeGuard = handshakeGuard }

    func admit(_ datagram: [UInt8], source: [UInt8], now: Instant) -> HandshakeGuard.Admission {
        handshakeGuard.admit(datagram, source: source, now: now)
    }

    func use(_ keys: ResponderKeys) { handshakeGuard.use(keys) }
}
