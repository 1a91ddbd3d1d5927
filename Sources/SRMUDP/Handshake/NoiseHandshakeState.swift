/// One side of a Noise handshake of two messages (revision 34, section 5.3).
///
/// A value: work on a copy and keep it only if a message was good, then a bad message leaves no
/// trace. The ephemeral key comes from the random source, so a scripted source fixes it.
struct NoiseHandshakeState {
    private let pattern: NoisePattern
    private let isInitiator: Bool
    private var symmetric: NoiseSymmetricState
    private let localStatic: X25519.KeyPair?
    private(set) var remoteStatic: PublicKey?
    private var localEphemeralPair: X25519.KeyPair?
    private(set) var remoteEphemeral: PublicKey?
    private var messageIndex = 0
    /// Mixed in where the pattern says; a responder may set it once it knows its peer.
    var preSharedKey: SecretBytes?

    /// - Throws: `invalidKey` if the pattern needs a static key that is missing.
    init(
        pattern: NoisePattern, isInitiator: Bool, prologue: [UInt8], localStatic: X25519.KeyPair?,
        remoteStatic: PublicKey?, preSharedKey: SecretBytes?
    ) throws(NoiseError) {
        self.pattern = pattern
        self.isInitiator = isInitiator
        self.localStatic = localStatic
        self.remoteStatic = remoteStatic
        self.preSharedKey = preSharedKey
        symmetric = NoiseSymmetricState(protocolName: pattern.protocolName)
        symmetric.mixHash(prologue)
        if pattern.knowsResponder {
            guard let responder = isInitiator ? remoteStatic : localStatic?.publicKey else {
                throw .invalidKey
            }
            symmetric.mixHash(responder.bytes)
        }
    }

    var localEphemeral: PublicKey? { localEphemeralPair?.publicKey }

    /// The hash of the whole handshake so far.
    var handshakeHash: [UInt8] { symmetric.hash }

    /// Binds bytes that travel beside the next message; both sides do it at the same point.
    mutating func authenticate(_ bytes: [UInt8]) { symmetric.mixHash(bytes) }

    mutating func writeMessage(
        payload: [UInt8], random: any RandomSource
    ) throws(NoiseError) -> [UInt8] {
        var message: [UInt8] = []
        for token in nextTokens() {
            switch token {
            case .e:
                let pair = X25519.KeyPair.generate(from: random)
                localEphemeralPair = pair
                message += pair.publicKey.bytes
                mixEphemeral(pair.publicKey)
            case .s:
                guard let localStatic else { throw .invalidKey }
                message += symmetric.encryptAndHash(localStatic.publicKey.bytes)
            case .ee, .es, .se, .ss, .psk:
                try mix(token)
            }
        }
        return message + symmetric.encryptAndHash(payload)
    }

    /// - Returns: the payload.
    mutating func readMessage(_ message: [UInt8]) throws(NoiseError) -> [UInt8] {
        var rest = message[...]
        for token in nextTokens() {
            switch token {
            case .e:
                guard let key = PublicKey(try Self.take(PublicKey.length, from: &rest)) else {
                    throw .truncated
                }
                remoteEphemeral = key
                mixEphemeral(key)
            case .s:
                let length = PublicKey.length + symmetric.overhead
                let sealed = try Self.take(length, from: &rest)
                remoteStatic = PublicKey(try symmetric.decryptAndHash([UInt8](sealed)))
            case .ee, .es, .se, .ss, .psk:
                try mix(token)
            }
        }
        return try symmetric.decryptAndHash([UInt8](rest))
    }

    /// The keys of the two directions, the initiator's first; valid after the last message.
    func split() -> (initiator: SecretBytes, responder: SecretBytes) {
        precondition(messageIndex == pattern.messages.count, "the handshake is not complete")
        return symmetric.split()
    }

    private mutating func nextTokens() -> [NoisePattern.Token] {
        precondition(messageIndex < pattern.messages.count, "the handshake is complete")
        defer { messageIndex += 1 }
        return pattern.messages[messageIndex]
    }

    private mutating func mixEphemeral(_ key: PublicKey) {
        symmetric.mixHash(key.bytes)
        // With a pre-shared key the ephemeral key also randomises the cipher (section 9.2).
        if pattern.usesPreSharedKey { symmetric.mixKey(SecretBytes(key.bytes)) }
    }

    private mutating func mix(_ token: NoisePattern.Token) throws(NoiseError) {
        switch token {
        case .ee: try mixAgreement(localEphemeralPair, remoteEphemeral)
        case .ss: try mixAgreement(localStatic, remoteStatic)
        case .es where isInitiator, .se where !isInitiator:
            try mixAgreement(localEphemeralPair, remoteStatic)
        case .es, .se: try mixAgreement(localStatic, remoteEphemeral)
        case .psk:
            guard let preSharedKey else { throw .invalidKey }
            symmetric.mixKeyAndHash(preSharedKey)
        case .e, .s: preconditionFailure("these tokens have bytes of their own")
        }
    }

    private mutating func mixAgreement(
        _ local: X25519.KeyPair?, _ remote: PublicKey?
    ) throws(NoiseError) {
        guard let local, let remote else { throw .invalidKey }
        do {
            symmetric.mixKey(try local.agree(with: remote))
        } catch {
            throw .invalidKey
        }
    }

    private static func take(
        _ count: Int, from rest: inout ArraySlice<UInt8>
    ) throws(NoiseError) -> ArraySlice<UInt8> {
        guard rest.count >= count else { throw .truncated }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}
