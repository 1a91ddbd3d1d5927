import Testing

@testable import SRMUDP

/// A published handshake with the first transport messages behind it (cacophony's vectors).
struct NoiseConversation: CustomTestStringConvertible {
    let name: String
    let initiatorStatic: String
    let initiatorEphemeral: String
    let responderStatic: String
    let responderEphemeral: String
    let preSharedKey: String
    let prologue: String
    let handshakeHash: String
    /// Payload and message, in turn from the initiator and the responder.
    let messages: [(payload: String, message: String)]

    var testDescription: String { name }

    private var pattern: NoisePattern? {
        [NoisePattern.nn, .nnpsk0, .ik, .ikpsk2].first {
            String(decoding: $0.protocolName, as: UTF8.self) == name
        }
    }

    func check() throws {
        let pattern = try #require(pattern)
        let responderPair = pair(responderStatic)
        var states = [
            try state(pattern, true, pair(initiatorStatic), responderPair?.publicKey),
            try state(pattern, false, responderPair, nil),
        ]
        for (index, exchange) in messages.prefix(2).enumerated() {
            let ephemeral = index == 0 ? initiatorEphemeral : responderEphemeral
            let message = try states[index].writeMessage(
                payload: bytes(hex: exchange.payload),
                random: ScriptedRandomSource(bytes(hex: ephemeral)))
            #expect(hex(message) == exchange.message, "\(name), message \(index)")
            let payload = try states[1 - index].readMessage(message)
            #expect(hex(payload) == exchange.payload)
        }
        #expect(hex(states[0].handshakeHash) == handshakeHash)
        #expect(states[0].handshakeHash == states[1].handshakeHash)
        #expect(states[1].remoteStatic == pair(initiatorStatic)?.publicKey)
        checkTransport(states)
    }

    private func checkTransport(_ states: [NoiseHandshakeState]) {
        let keys = states[0].split()
        let same = states[1].split()
        #expect(keys.initiator == same.initiator && keys.responder == same.responder)
        for (index, exchange) in messages.dropFirst(2).enumerated() {
            var cipher = AES256GCM(key: index % 2 == 0 ? keys.initiator : keys.responder)
            let sealed = cipher.seal(
                bytes(hex: exchange.payload), nonce: noiseNonce(UInt64(index / 2)),
                associatedData: [])
            #expect(hex(sealed) == exchange.message, "\(name), transport message \(index)")
        }
    }

    private func state(
        _ pattern: NoisePattern, _ isInitiator: Bool, _ localStatic: X25519.KeyPair?,
        _ remoteStatic: PublicKey?
    ) throws -> NoiseHandshakeState {
        try NoiseHandshakeState(
            pattern: pattern, isInitiator: isInitiator, prologue: bytes(hex: prologue),
            localStatic: localStatic, remoteStatic: remoteStatic,
            preSharedKey: preSharedKey.isEmpty ? nil : SecretBytes(bytes(hex: preSharedKey)))
    }

    private func pair(_ text: String) -> X25519.KeyPair? {
        text.isEmpty ? nil : X25519.KeyPair(privateKey: SecretBytes(bytes(hex: text)))
    }
}

extension NoiseConversation {
    /// From the published JSON; nil if the vector has no handshake hash.
    init?(_ vector: [String: Any]) {
        func text(_ name: String) -> String { vector[name] as? String ?? "" }
        guard let name = vector["protocol_name"] as? String,
            let handshakeHash = vector["handshake_hash"] as? String,
            let messages = vector["messages"] as? [[String: String]]
        else { return nil }
        self.init(
            name: name, initiatorStatic: text("init_static"),
            initiatorEphemeral: text("init_ephemeral"), responderStatic: text("resp_static"),
            responderEphemeral: text("resp_ephemeral"),
            preSharedKey: (vector["init_psks"] as? [String])?.first ?? "",
            prologue: text("init_prologue"), handshakeHash: handshakeHash,
            messages: messages.map { ($0["payload"] ?? "", $0["ciphertext"] ?? "") })
    }
}
