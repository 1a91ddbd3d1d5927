import Foundation
import SRMUDP
import Testing

@testable import Control

/// Compares a whole pairing with Vectors/pairing.txt, byte for byte.
///
/// The file holds inputs and outputs as `name = value`, for other implementations to check against:
/// test_pairing_vector.py does. It changes only with the protocol: then set P2PFWD_WRITE_VECTORS
/// and run once.
@Suite struct PairingVectorTests {
    @Test("from the code to the key and the phrase, nothing has changed")
    func frozen() throws {
        let text = try exchange().map { "\($0) = \($1)\n" }.joined()
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Vectors/pairing.txt")
        if ProcessInfo.processInfo.environment["P2PFWD_WRITE_VECTORS"] != nil {
            try Data(text.utf8).write(to: file)
        }

        let frozen = String(decoding: try Data(contentsOf: file), as: UTF8.self)

        for (line, frozenLine) in zip(text.split(separator: "\n"), frozen.split(separator: "\n")) {
            #expect(line == frozenLine)
        }
        #expect(text == frozen)
    }

    private func exchange() throws -> [(String, String)] {
        let code = try PairingCode(parsing: "4821-maple-tundra")
        let secret = code.stretched()
        let issuerScript = Script(exponent: 0x11, nonce: 0x22)
        let joinerScript = Script(exponent: 0x33, nonce: 0x44)
        let now = Instant(nanoseconds: 0)
        let issuerProfile = try profile("anna", 0x55, ["localhost:8080"], "r.example:7000")
        let joinerProfile = try profile("bo-desktop", 0x66, [], "")
        var issuer = PairingIssuer(
            secret: secret, profile: issuerProfile,
            configuration: PairingIssuer.Configuration(), random: issuerScript.random, now: now)
        var joiner = PairingJoiner(
            secret: secret, profile: joinerProfile, random: joinerScript.random, now: now)
        let route = PairingRoute.mailbox(0, party: 0)

        let m1 = joiner.firstMessage
        let m2 = try #require(issuer.receive(m1, from: route, now: now).messages.first)
        let m3 = try #require(joiner.receive(m2, from: route, now: now).messages.first)
        let end = issuer.receive(m3, from: route, now: now)
        let m4 = try #require(end.messages.first)
        let peer = try #require(end.peer)
        let other = try #require(joiner.receive(m4, from: route, now: now).peer)
        #expect(other.preSharedKey == peer.preSharedKey)

        let list = SHA256.digest([UInt8](WordList.words.joined(separator: "\n").utf8))
        return [
            ("word list digest", hex(list)), ("code", code.text),
            ("stretched", hex(secret.exposed)),
            ("issuer's randomness for x", hex(issuerScript.exponent)),
            ("joiner's randomness for y", hex(joinerScript.exponent)),
            (
                "issuer's card",
                hex(PairingCard(profile: issuerProfile, nonce: issuerScript.nonce).encoded)
            ),
            (
                "joiner's card",
                hex(PairingCard(profile: joinerProfile, nonce: joinerScript.nonce).encoded)
            ),
            ("m1", hex(m1)), ("m2", hex(m2)), ("m3", hex(m3)), ("m4", hex(m4)),
            ("pre-shared key", hex(peer.preSharedKey.exposed)),
            ("check phrase", peer.checkPhrase.joined(separator: " ")),
            ("tag of the number", hex(LANDatagram.tag(of: code.nameplate))),
        ]
    }

    private func profile(
        _ label: String, _ key: UInt8, _ offers: [String], _ rendezvous: String
    ) throws -> PairingProfile {
        let publicKey = try #require(PublicKey([UInt8](repeating: key, count: 32)))
        let address = try #require(SocketAddress("192.0.2.1:7001"))
        return try PairingProfile(
            publicKey: publicKey, label: label,
            candidates: [Candidate(.host, address)], offers: offers, rendezvous: rendezvous)
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// The randomness of one side: 48 bytes for its exponent, then 32 for its card.
private struct Script {
    let exponent: [UInt8]
    let nonce: [UInt8]

    init(exponent: UInt8, nonce: UInt8) {
        self.exponent = [UInt8](repeating: exponent, count: SPAKE2.secretLength)
        self.nonce = [UInt8](repeating: nonce, count: PairingCard.nonceLength)
    }

    var random: ScriptedRandomSource { ScriptedRandomSource(exponent + nonce) }
}

/// Gives out bytes written down beforehand; running out of them is a mistake of the test.
private final class ScriptedRandomSource: RandomSource {
    private var script: ArraySlice<UInt8>

    init(_ script: [UInt8]) { self.script = script[...] }

    func fill(_ bytes: inout [UInt8]) {
        precondition(bytes.count <= script.count, "the script is too short")
        bytes = [UInt8](script.prefix(bytes.count))
        script = script.dropFirst(bytes.count)
    }
}
