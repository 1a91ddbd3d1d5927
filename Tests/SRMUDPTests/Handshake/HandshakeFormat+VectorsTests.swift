import Foundation
import TestSupport
import Testing

@testable import SRMUDP

/// Compares what we make with the files in Vectors/, byte for byte.
///
/// The files hold inputs and outputs as `name = hexadecimal`, for other implementations to check
/// against. They change only with the wire format: then set P2PFWD_WRITE_VECTORS and run once.
@Suite struct FrozenVectorTests {
    @Test("handshakes have not changed", arguments: HandshakePattern.all)
    func handshake(pattern: HandshakePattern) throws {
        try compare(try conversation(pattern), with: "handshake-\(pattern)")
    }

    @Test("packet protection, key update and resets have not changed")
    func packets() throws {
        try compare(packetVector(), with: "packet")
    }

    private func conversation(_ pattern: HandshakePattern) throws -> [(String, [UInt8])] {
        let script = Script(pattern: pattern)
        let initiator = try #require(script.makeInitiator())
        let first = initiator.initiation
        let cookie = [UInt8](repeating: 0x77, count: 16)
        let cookieMessage = CookieMessage.make(
            answering: first, cookie: cookie, identity: script.responderMAC.identity,
            random: ScriptedRandomSource([UInt8](repeating: 0x88, count: 24)))
        let (response, there) = try #require(script.respond(to: first))
        #expect(initiator.handleCookie(cookieMessage))
        let second = initiator.initiation
        let here = try #require(initiator.handleResponse(response))
        #expect(here.handshakeHash == there.handshakeHash)

        return script.inputs + [
            ("initiation", first), ("cookie", cookie),
            ("cookie salt", [UInt8](repeating: 0x88, count: 24)),
            ("cookie message", cookieMessage), ("initiation with cookie", second),
            ("response", response), ("handshake hash", here.handshakeHash),
            ("initiator's traffic secret", here.sendSecret.exposed),
            ("responder's traffic secret", here.receiveSecret.exposed),
        ]
    }

    private func packetVector() -> [(String, [UInt8])] {
        let secret = TrafficSecret(SecretBytes([UInt8](0x40..<0x60)))
        let header = bytes(hex: "80" + "3f2a000000000001" + "55667788")
        let payload = [UInt8](0..<48)
        var storage = ByteStorage(header + payload + [UInt8](repeating: 0, count: 16))
        var key = secret.makePacketKey()
        key.seal(
            &storage, header: 0..<13, payload: 13..<61, packetNumber: 0x0000_0003_5566_7788)
        let pair = X25519.KeyPair.generate(
            from: ScriptedRandomSource([UInt8](repeating: 0x22, count: 32)))
        let reset = StatelessReset(
            staticKey: pair, random: ScriptedRandomSource([]), now: Instant(nanoseconds: 0))
        let identifier = ConnectionID(rawValue: 0x3f2a_0000_0000_0001)
        return [
            ("traffic secret", secret.bytes.exposed), ("packet number", bytes(hex: "0355667788")),
            ("header", header), ("payload", payload), ("packet", storage.array(0..<77)),
            ("next traffic secret", secret.next.bytes.exposed),
            ("static private key", pair.privateKey.exposed),
            ("connection ID", identifier.bytes), ("reset token", reset.token(for: identifier)),
        ]
    }

    private func compare(_ values: [(String, [UInt8])], with name: String) throws {
        let text = values.map { "\($0) = \(hex($1))\n" }.joined()
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Vectors")
        let file = folder.appendingPathComponent(name + ".txt")
        if ProcessInfo.processInfo.environment["P2PFWD_WRITE_VECTORS"] != nil {
            try Data(text.utf8).write(to: file)
        }

        let frozen = String(decoding: try Data(contentsOf: file), as: UTF8.self)

        for (line, frozenLine) in zip(text.split(separator: "\n"), frozen.split(separator: "\n")) {
            #expect(line == frozenLine)
        }
        #expect(text == frozen)
    }
}

/// A handshake in which every key and number is written down.
private struct Script {
    let pattern: HandshakePattern
    let initiatorStatic = Script.pair(0x11)
    let responderStatic = Script.pair(0x22)
    let preSharedKey = [UInt8](repeating: 0x33, count: 32)
    let initiatorEphemeral = [UInt8](repeating: 0x44, count: 32)
    let responderEphemeral = [UInt8](repeating: 0x55, count: 32)
    let initiatorID = ConnectionID(rawValue: 0x0102_0304_0506_0708)
    let responderID = ConnectionID(rawValue: 0x1112_1314_1516_1718)
    let ticketID = [UInt8](repeating: 0x66, count: 16)
    let address = HandshakeFixture.address

    init(pattern: HandshakePattern) { self.pattern = pattern }

    var inputs: [(String, [UInt8])] {
        let statics = [
            ("initiator's static private key", initiatorStatic.privateKey.exposed),
            ("responder's static private key", responderStatic.privateKey.exposed),
        ]
        return (pattern == .ikpsk2 ? statics : []) + [
            ("pre-shared key", preSharedKey),
            ("initiator's ephemeral private key", initiatorEphemeral),
            ("responder's ephemeral private key", responderEphemeral),
            ("initiator's connection ID", initiatorID.bytes),
            ("responder's connection ID", responderID.bytes),
            ("initiator's instance", bytes(hex: "a1a2a3a4a5a6a7a8")),
            ("responder's instance", bytes(hex: "b1b2b3b4b5b6b7b8")),
            ("initiator's reset token", [UInt8](repeating: 0x99, count: 16)),
            ("responder's reset token", [UInt8](repeating: 0xaa, count: 16)),
            ("ticket ID", ticketID), ("observed address", address),
            ("initiator's parameters", parameters("laptop").encoded()),
            ("responder's parameters", parameters("homebox").encoded()),
        ]
    }

    var responderMAC: HandshakeMAC {
        switch pattern {
        case .ikpsk2: HandshakeMAC(receiver: responderStatic.publicKey)
        case .nnpsk0: HandshakeMAC(preSharedKey: SecretBytes(preSharedKey))
        }
    }

    func makeInitiator() -> InitiatorHandshake? {
        InitiatorHandshake(
            pattern: pattern, localStatic: initiatorStatic,
            remoteStatic: responderStatic.publicKey, preSharedKey: SecretBytes(preSharedKey),
            ticketID: ticketID, localConnectionID: initiatorID, instance: 0xa1a2_a3a4_a5a6_a7a8,
            resetToken: [UInt8](repeating: 0x99, count: 16), parameters: parameters("laptop"),
            random: ScriptedRandomSource(initiatorEphemeral))
    }

    func respond(to initiation: [UInt8]) -> (response: [UInt8], outcome: HandshakeOutcome)? {
        let keys = ResponderKeys(
            localStatic: responderStatic, preSharedKeys: [SecretBytes(preSharedKey)])
        return ResponderHandshake.open(initiation, keys: keys)?.respond(
            preSharedKey: SecretBytes(preSharedKey), localConnectionID: responderID,
            instance: 0xb1b2_b3b4_b5b6_b7b8, resetToken: [UInt8](repeating: 0xaa, count: 16),
            observedAddress: address, parameters: parameters("homebox"),
            random: ScriptedRandomSource(responderEphemeral))
    }

    private func parameters(_ label: String) -> TransportParameters {
        var parameters = TransportParameters()
        parameters.initialMaxData = 1 << 24
        parameters.initialMaxStreamData = 1 << 20
        parameters.initialMaxStreams = 256
        parameters.maxDatagramSize = 65_000
        parameters.label = label
        return parameters
    }

    private static func pair(_ byte: UInt8) -> X25519.KeyPair {
        .generate(from: ScriptedRandomSource([UInt8](repeating: byte, count: 32)))
    }
}
