import Control
import SRMUDP
import TestSupport

/// Messages, datagrams, cards and codes of strangers, into an issuer and a joiner that wait.
///
/// Input: records of one byte that chooses, and what it needs:
///
/// - 0...59: an arbitrary message; length (2 bytes, modulo 1,300) and its bytes follow
/// - 60...119: the last genuine message, damaged: a length to cut to (2 bytes), and 2 edits of an
///   offset (2 bytes) and a value to XOR
/// - 120...159: a datagram of the local network; length likewise, one byte that says whether it
///   gets a right header, its bytes
/// - 160...179: time passes
/// - 180...199: a card; length likewise
/// - 200...219: a code; length likewise
/// - others: the last genuine message as it is
///
/// Odd choices go to the joiner, even ones to the issuer. Whoever completes must have been paired
/// with the genuine other side, and nothing may grow without bound.
package enum PairingFuzzer {
    private static let recordLimit = 64

    package static func run(_ input: [UInt8]) {
        var input = FuzzInput(input)
        var world = World()
        for _ in 0..<recordLimit where !input.isAtEnd {
            let choice = input.byte()
            switch choice {
            case 0..<60: world.deliver(input.take(input.number() % 1_300), choice)
            case 60..<120: world.deliver(damaged(world.last, &input), choice)
            case 120..<160:
                let length = input.number() % 1_300
                let isWellFormed = input.byte() & 1 == 1
                world.deliverDatagram(input.take(length), isWellFormed: isWellFormed, choice)
            case 160..<180: world.pass(.milliseconds(200) * Int64(choice - 159))
            case 180..<200: checkCard(input.take(input.number() % 1_300))
            case 200..<220: checkCode(input.take(input.number() % 600))
            default: world.deliver(world.last, choice)
            }
        }
    }

    private static func damaged(_ message: [UInt8], _ input: inout FuzzInput) -> [UInt8] {
        var bytes = [UInt8](message.prefix(input.number()))
        for _ in 0..<2 where !bytes.isEmpty {
            bytes[input.number() % bytes.count] ^= input.byte()
        }
        return bytes
    }

    private static func checkCard(_ bytes: [UInt8]) {
        guard let card = try? PairingCard(decoding: bytes) else { return }
        let written = card.encoded
        guard let again = try? PairingCard(decoding: written) else {
            preconditionFailure("a card that was accepted cannot be read again")
        }
        precondition(again == card, "a card changed when it was read again")
        precondition(written.count <= PairingCard.lengthLimit, "a card grew beyond its limit")
    }

    private static func checkCode(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        let looksLikeCode = PairingCode.looksLikeCode(text)
        precondition(PairingCode.completions(of: text).count <= WordList.count)
        do throws(PairingCodeError) {
            let code = try PairingCode(parsing: text)
            precondition(looksLikeCode, "a code does not look like one")
            guard let again = try? PairingCode(parsing: code.text), again == code else {
                preconditionFailure("a code that was accepted cannot be read again")
            }
        } catch {
            precondition(
                error.description.unicodeScalars.allSatisfy { $0.value >= 0x20 },
                "an error steers the terminal")
        }
    }
}

private struct World {
    private static let issuerProfile = profile("anna", 1)
    private static let joinerProfile = profile("bo", 2)
    private static let nameplate: UInt32 = 4_821

    /// What the genuine sides said last.
    private(set) var last: [UInt8]
    private var now = Instant(nanoseconds: 0)
    private var issuer: PairingIssuer
    private var joiner: PairingJoiner
    private var lanIssuer = LANIssuer(nameplate: nameplate)
    private var lanJoiner: LANJoiner

    init() {
        let random = SeededRandomSource(seed: 1)
        let secret = SecretBytes([UInt8](repeating: 1, count: SPAKE2.secretLength))
        var configuration = PairingIssuer.Configuration()
        configuration.uses = 2
        issuer = PairingIssuer(
            secret: secret, profile: Self.issuerProfile, configuration: configuration,
            random: random, now: now)
        joiner = PairingJoiner(
            secret: secret, profile: Self.joinerProfile, random: random, now: now)
        lanJoiner = LANJoiner(
            nameplate: Self.nameplate, firstMessage: joiner.firstMessage, random: random, now: now)
        last = joiner.firstMessage
    }

    mutating func deliver(_ message: [UInt8], _ choice: UInt8) {
        let route =
            choice & 2 == 0
            ? PairingRoute.mailbox(1, party: choice & 4) : .local(.simulated(host: 7))
        let isForJoiner = choice & 1 == 1
        take(
            isForJoiner
                ? joiner.receive(message, from: route, now: now)
                : issuer.receive(message, from: route, now: now), byJoiner: isForJoiner)
    }

    mutating func deliverDatagram(_ bytes: [UInt8], isWellFormed: Bool, _ choice: UInt8) {
        let isForJoiner = choice & 1 == 1
        let datagram =
            isWellFormed && bytes.count <= PairingMessage.lengthLimit
            ? LANDatagram(
                isForJoiner ? .toJoiner : .toIssuer, tag: LANDatagram.tag(of: Self.nameplate),
                message: bytes
            ).encoded : bytes
        let source = SocketAddress.simulated(host: UInt16(choice))
        let message =
            isForJoiner
            ? lanJoiner.receive(datagram) : lanIssuer.receive(datagram, from: source, now: now)
        if let message { deliver(message, choice | 2) }
    }

    mutating func pass(_ interval: Interval) {
        now += interval
        take(issuer.handleTimeout(now: now), byJoiner: false)
        take(joiner.handleTimeout(now: now), byJoiner: true)
        if let next = issuer.nextTimeout { precondition(next > now, "a deadline was missed") }
        if let next = joiner.nextTimeout { precondition(next > now, "a deadline was missed") }
    }

    private mutating func take(_ actions: [PairingAction], byJoiner: Bool) {
        precondition(actions.count <= 64, "too much is said at once")
        for action in actions {
            switch action {
            case .send(let message, let route):
                precondition(message.count <= PairingMessage.lengthLimit, "a message is too long")
                if message.first != 15 { last = message }
                guard case .local(let address) = route else { continue }
                if byJoiner { lanJoiner.send(message, to: address, now: now) }
            case .completed(let peer):
                let expected = byJoiner ? Self.issuerProfile : Self.joinerProfile
                precondition(peer.profile == expected, "somebody else was believed")
            case .failed(let failure):
                precondition(!failure.description.isEmpty)
            }
        }
        var count = 0
        while lanJoiner.pollTransmit(now: now) != nil { count += 1 }
        precondition(count <= 32, "too much is sent at once")
    }

    private static func profile(_ label: String, _ seed: UInt64) -> PairingProfile {
        let key = X25519.KeyPair.generate(from: SeededRandomSource(seed: seed)).publicKey
        guard
            let profile = try? PairingProfile(
                publicKey: key, label: label,
                candidates: [Candidate(.host, .simulated(host: UInt16(seed)))],
                offers: ["localhost:80"])
        else { preconditionFailure("this profile is within its limits") }
        return profile
    }
}
