/// The keys that a responder is known by.
package struct ResponderKeys {
    /// For `ikpsk2`; nil refuses the pattern.
    package var localStatic: X25519.KeyPair?
    /// For `nnpsk0`: each is tried; an empty list refuses the pattern. 32 bytes each.
    package var preSharedKeys: [SecretBytes]

    package init(localStatic: X25519.KeyPair?, preSharedKeys: [SecretBytes] = []) {
        self.localStatic = localStatic
        self.preSharedKeys = preSharedKeys
    }
}

/// The side that is dialled: reads an INITIATION and answers it.
///
/// `open` tells who asks, then the owner looks up the key shared with that peer and answers. Ask
/// `HandshakeGuard` first, because `open` computes Diffie-Hellman agreements. An INITIATION may be
/// a
/// replay: nothing may be replaced before a data packet under the new keys has come.
package struct ResponderHandshake {
    package let pattern: HandshakePattern
    package let initiatorConnectionID: ConnectionID
    /// Nil where no static keys are used.
    package var initiatorStatic: PublicKey? { noise.remoteStatic }
    /// The initiator's ephemeral key: different in every INITIATION that is not a repetition.
    package let ephemeral: PublicKey
    /// Which of `ResponderKeys.preSharedKeys` fitted; nil for `ikpsk2`.
    package let preSharedKeyIndex: Int?

    private let noise: NoiseHandshakeState
    private let payload: InitiationPayload

    /// 16 bytes, or nil.
    package var ticketID: [UInt8]? { payload.ticketID }
    package var instance: UInt64 { payload.instance }
    package var parameters: TransportParameters { payload.parameters }

    /// Reads message 1 of an INITIATION that the guard has let pass; nil means drop.
    package static func open(_ datagram: [UInt8], keys: ResponderKeys) -> ResponderHandshake? {
        guard datagram.count == HandshakeFormat.initiationLength,
            datagram[0] == HandshakeFormat.Kind.initiation,
            datagram[1] == HandshakeFormat.version, datagram[3] == 0,
            let pattern = HandshakePattern(rawValue: datagram[2])
        else { return nil }
        switch pattern {
        case .ikpsk2:
            guard let localStatic = keys.localStatic else { return nil }
            return ResponderHandshake(datagram, pattern, localStatic, nil, index: nil)
        case .nnpsk0:
            for (index, key) in keys.preSharedKeys.enumerated() {
                if let handshake = ResponderHandshake(datagram, pattern, nil, key, index: index) {
                    return handshake
                }
            }
            return nil
        }
    }

    private init?(
        _ datagram: [UInt8], _ pattern: HandshakePattern, _ localStatic: X25519.KeyPair?,
        _ preSharedKey: SecretBytes?, index: Int?
    ) {
        let header = [UInt8](datagram[..<HandshakeFormat.initiationHeaderLength])
        let message = datagram[
            HandshakeFormat.initiationHeaderLength..<HandshakeFormat.mac1Offset]
        do {
            var noise = try NoiseHandshakeState(
                pattern: pattern.noise, isInitiator: false,
                prologue: HandshakeFormat.prologue + header, localStatic: localStatic,
                remoteStatic: nil, preSharedKey: preSharedKey)
            payload = try InitiationPayload(decoding: try noise.readMessage([UInt8](message)))
            self.noise = noise
        } catch {
            return nil
        }
        guard let ephemeral = noise.remoteEphemeral else { return nil }
        self.pattern = pattern
        self.ephemeral = ephemeral
        initiatorConnectionID = ConnectionID(bytes: datagram[4..<12])
        preSharedKeyIndex = index
    }

    /// Makes the RESPONSE and the keys.
    ///
    /// - Parameters:
    ///   - preSharedKey: 32 bytes shared with the initiator; nil keeps the one that fitted.
    ///   - resetToken: 16 bytes, of `localConnectionID`.
    ///   - observedAddress: where the INITIATION came from, 18 bytes.
    /// - Returns: nil if there is no pre-shared key or the initiator's keys have low order.
    package func respond(
        preSharedKey: SecretBytes?, localConnectionID: ConnectionID, instance: UInt64,
        resetToken: [UInt8], observedAddress: [UInt8], parameters: TransportParameters,
        random: any RandomSource
    ) -> (response: [UInt8], outcome: HandshakeOutcome)? {
        var noise = noise
        if let preSharedKey { noise.preSharedKey = preSharedKey }
        guard let mac = responseMAC(noise) else { return nil }
        let header = HandshakeFormat.responseHeader(
            pattern: pattern, responder: localConnectionID, initiator: initiatorConnectionID)
        noise.authenticate(header)
        let answer = ResponsePayload(
            instance: instance, resetToken: resetToken, observedAddress: observedAddress,
            parameters: parameters)
        let length = HandshakeFormat.responseLength - HandshakeFormat.responseOverhead
        var response = header
        do {
            response += try noise.writeMessage(
                payload: answer.encoded(length: length), random: random)
        } catch {
            return nil
        }
        response += mac.code(over: response[...])
        guard let outcome = outcome(of: noise, localConnectionID: localConnectionID) else {
            return nil
        }
        return (response, outcome)
    }

    private func responseMAC(_ noise: NoiseHandshakeState) -> HandshakeMAC? {
        switch pattern {
        case .ikpsk2: noise.remoteStatic.map { HandshakeMAC(receiver: $0) }
        case .nnpsk0: noise.preSharedKey.map { HandshakeMAC(preSharedKey: $0) }
        }
    }

    private func outcome(
        of noise: NoiseHandshakeState, localConnectionID: ConnectionID
    ) -> HandshakeOutcome? {
        guard let localEphemeral = noise.localEphemeral else { return nil }
        let secrets = noise.trafficSecrets()
        return HandshakeOutcome(
            pattern: pattern, isInitiator: false, localConnectionID: localConnectionID,
            remoteConnectionID: initiatorConnectionID, sendSecret: secrets.responder,
            receiveSecret: secrets.initiator, handshakeHash: noise.handshakeHash,
            remoteStatic: noise.remoteStatic, localEphemeral: localEphemeral,
            remoteEphemeral: ephemeral, remoteInstance: payload.instance,
            remoteResetToken: payload.resetToken, remoteParameters: payload.parameters,
            observedAddress: nil, ticketID: payload.ticketID)
    }
}
