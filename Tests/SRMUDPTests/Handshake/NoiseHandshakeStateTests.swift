import TestSupport
import Testing

@testable import SRMUDP

@Suite struct NoiseHandshakeStateTests {
    @Test("one published conversation per pattern", arguments: NoiseConversation.embedded)
    func embedded(conversation: NoiseConversation) throws {
        try conversation.check()
    }

    @Test("all published conversations")
    func published() throws {
        let vectors =
            PublishedVectors.load("noise_cacophony.json")?["vectors"] as? [[String: Any]] ?? []
        for vector in vectors {
            guard let conversation = NoiseConversation(vector) else { continue }
            try conversation.check()
        }
    }

    @Test("the name of IKpsk2 fills the hash exactly and is not hashed")
    func protocolName() {
        let name = NoisePattern.ikpsk2.protocolName

        #expect(name.count == 32)
        #expect(NoiseSymmetricState(protocolName: name).hash == name)
        #expect(
            NoiseSymmetricState(protocolName: NoisePattern.nn.protocolName).hash
                == NoisePattern.nn.protocolName + [0, 0, 0, 0])
        #expect(NoiseSymmetricState(protocolName: name + [0]).hash == SHA256.digest(name + [0]))
    }

    @Test("every prefix of a message is refused")
    func truncation() throws {
        let random = SeededRandomSource(seed: 1)
        let responder = X25519.KeyPair.generate(from: random)
        var initiator = try state(isInitiator: true, responder: responder, random: random)
        let message = try initiator.writeMessage(payload: [1, 2, 3], random: random)

        for length in 0..<message.count {
            var reader = try state(isInitiator: false, responder: responder, random: random)
            #expect(throws: NoiseError.self) {
                try reader.readMessage([UInt8](message.prefix(length)))
            }
        }
    }

    @Test("bytes that travel beside a message must be the same at both ends")
    func authenticated() throws {
        let random = SeededRandomSource(seed: 2)
        let responder = X25519.KeyPair.generate(from: random)
        var initiator = try state(isInitiator: true, responder: responder, random: random)
        initiator.authenticate([1])
        let message = try initiator.writeMessage(payload: [], random: random)
        var reader = try state(isInitiator: false, responder: responder, random: random)

        reader.authenticate([2])

        #expect(throws: NoiseError.notAuthentic) { try reader.readMessage(message) }
    }

    @Test("a key that is missing is an error and no crash")
    func missingKeys() throws {
        let random = SeededRandomSource(seed: 3)
        #expect(throws: NoiseError.invalidKey) {
            try NoiseHandshakeState(
                pattern: .ik, isInitiator: true, prologue: [], localStatic: nil,
                remoteStatic: nil, preSharedKey: nil)
        }
        var withoutPreSharedKey = try NoiseHandshakeState(
            pattern: .nnpsk0, isInitiator: true, prologue: [], localStatic: nil,
            remoteStatic: nil, preSharedKey: nil)
        #expect(throws: NoiseError.invalidKey) {
            try withoutPreSharedKey.writeMessage(payload: [], random: random)
        }
    }

    private func state(
        isInitiator: Bool, responder: X25519.KeyPair, random: any RandomSource
    ) throws -> NoiseHandshakeState {
        try NoiseHandshakeState(
            pattern: .ikpsk2, isInitiator: isInitiator, prologue: [],
            localStatic: isInitiator ? .generate(from: random) : responder,
            remoteStatic: isInitiator ? responder.publicKey : nil,
            preSharedKey: SecretBytes([UInt8](repeating: 9, count: 32)))
    }
}
