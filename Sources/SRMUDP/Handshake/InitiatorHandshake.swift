/// The side that dials: makes the INITIATION and reads the RESPONSE.
///
/// Send `initiation` and send it again until an answer comes; its bytes stay the same, but for
/// mac2 after a COOKIE. Datagrams that are not the answer change nothing, and the first good answer
/// ends it: the keys are given out once, because a second set would repeat nonces.
package final class InitiatorHandshake {
    /// What goes over the wire: 1200 bytes.
    package private(set) var initiation: [UInt8]
    package let localConnectionID: ConnectionID

    private enum State {
        /// An answer may come.
        case waiting(NoiseHandshakeState)
        /// The outcome was handed out.
        case complete
    }

    private let pattern: HandshakePattern
    private let ticketID: [UInt8]?
    /// Checks what comes to us, and makes mac1 of what goes to the responder.
    private let localMAC: HandshakeMAC
    private let remoteMAC: HandshakeMAC
    private var state: State

    /// - Parameters:
    ///   - localStatic, remoteStatic: for `ikpsk2`; not used by `nnpsk0`.
    ///   - preSharedKey: 32 bytes.
    ///   - ticketID: 16 bytes, or nil without a ticket.
    ///   - instance: a number that this process drew when it started.
    ///   - resetToken: 16 bytes, of `localConnectionID`.
    /// - Returns: nil if a key is missing or the remote one has low order.
    package init?(
        pattern: HandshakePattern, localStatic: X25519.KeyPair?, remoteStatic: PublicKey?,
        preSharedKey: SecretBytes, ticketID: [UInt8]? = nil, localConnectionID: ConnectionID,
        instance: UInt64, resetToken: [UInt8], parameters: TransportParameters,
        random: any RandomSource
    ) {
        guard
            let macs = Self.macs(
                pattern: pattern, localStatic: localStatic, remoteStatic: remoteStatic,
                preSharedKey: preSharedKey)
        else { return nil }
        (localMAC, remoteMAC) = macs
        self.pattern = pattern
        self.localConnectionID = localConnectionID
        self.ticketID = ticketID

        let header = HandshakeFormat.initiationHeader(
            pattern: pattern, initiator: localConnectionID)
        let payload = InitiationPayload(
            instance: instance, ticketID: ticketID, resetToken: resetToken, parameters: parameters)
        do {
            var noise = try NoiseHandshakeState(
                pattern: pattern.noise, isInitiator: true,
                prologue: HandshakeFormat.prologue + header,
                // A key that the pattern does not prove must not appear in the outcome.
                localStatic: pattern == .ikpsk2 ? localStatic : nil,
                remoteStatic: pattern == .ikpsk2 ? remoteStatic : nil, preSharedKey: preSharedKey)
            let payloadLength = HandshakeFormat.initiationPayloadLength(pattern)
            let message = try noise.writeMessage(
                payload: payload.encoded(length: payloadLength), random: random)
            state = .waiting(noise)
            initiation = header + message
        } catch {
            return nil
        }
        initiation += remoteMAC.code(over: initiation[...])
        initiation += [UInt8](repeating: 0, count: HandshakeFormat.macLength)
    }

    /// Takes a COOKIE: from now on `initiation` proves that we receive at our address.
    ///
    /// - Returns: false if the datagram is no answer to our INITIATION.
    package func handleCookie(_ datagram: [UInt8]) -> Bool {
        guard case .waiting = state,
            let cookie = CookieMessage.open(
                datagram, initiator: localConnectionID, mac1: mac1, identity: remoteMAC.identity)
        else { return false }
        let authenticated = initiation[..<HandshakeFormat.mac2Offset]
        initiation = authenticated + HandshakeMAC.mac2(cookie: cookie, over: authenticated)
        return true
    }

    /// Takes a RESPONSE and completes the handshake.
    ///
    /// - Returns: nil if the datagram is not the answer to our INITIATION; drop it and go on.
    package func handleResponse(_ datagram: [UInt8]) -> HandshakeOutcome? {
        guard case .waiting(var noise) = state, isWellFormed(datagram),
            localMAC.isValid(datagram, at: datagram.count - HandshakeFormat.macLength)
        else { return nil }
        let headerLength = HandshakeFormat.responseHeaderLength
        noise.authenticate([UInt8](datagram[..<headerLength]))
        let message = datagram[headerLength...].dropLast(HandshakeFormat.macLength)
        let payload: ResponsePayload
        do {
            payload = try ResponsePayload(decoding: try noise.readMessage([UInt8](message)))
        } catch {
            return nil
        }
        state = .complete
        return outcome(
            of: noise, payload: payload, remoteConnectionID: ConnectionID(bytes: datagram[4..<12]))
    }

    private var mac1: ArraySlice<UInt8> {
        initiation[HandshakeFormat.mac1Offset..<HandshakeFormat.mac2Offset]
    }

    private func isWellFormed(_ datagram: [UInt8]) -> Bool {
        guard HandshakeFormat.responseLengths.contains(datagram.count) else { return false }
        let remote = ConnectionID(bytes: datagram[4..<12])
        let header = HandshakeFormat.responseHeader(
            pattern: pattern, responder: remote, initiator: localConnectionID)
        return datagram[..<HandshakeFormat.responseHeaderLength] == header[...]
    }

    private func outcome(
        of noise: NoiseHandshakeState, payload: ResponsePayload, remoteConnectionID: ConnectionID
    ) -> HandshakeOutcome? {
        guard let localEphemeral = noise.localEphemeral, let remoteEphemeral = noise.remoteEphemeral
        else { return nil }
        let secrets = noise.trafficSecrets()
        return HandshakeOutcome(
            pattern: pattern, isInitiator: true, localConnectionID: localConnectionID,
            remoteConnectionID: remoteConnectionID, sendSecret: secrets.initiator,
            receiveSecret: secrets.responder, handshakeHash: noise.handshakeHash,
            remoteStatic: noise.remoteStatic, localEphemeral: localEphemeral,
            remoteEphemeral: remoteEphemeral, remoteInstance: payload.instance,
            remoteResetToken: payload.resetToken, remoteParameters: payload.parameters,
            observedAddress: payload.observedAddress, ticketID: ticketID)
    }

    private static func macs(
        pattern: HandshakePattern, localStatic: X25519.KeyPair?, remoteStatic: PublicKey?,
        preSharedKey: SecretBytes
    ) -> (local: HandshakeMAC, remote: HandshakeMAC)? {
        switch pattern {
        case .ikpsk2:
            guard let localStatic, let remoteStatic else { return nil }
            return (
                HandshakeMAC(receiver: localStatic.publicKey), HandshakeMAC(receiver: remoteStatic)
            )
        case .nnpsk0:
            let mac = HandshakeMAC(preSharedKey: preSharedKey)
            return (mac, mac)
        }
    }
}

extension HandshakeFormat {
    /// The payload that makes an INITIATION 1200 bytes long.
    fileprivate static func initiationPayloadLength(_ pattern: HandshakePattern) -> Int {
        let space = mac1Offset - initiationHeaderLength
        switch pattern {
        // The ephemeral key, the sealed static key, and the payload's own tag.
        case .ikpsk2: return space - 32 - 48 - 16
        case .nnpsk0: return space - 32 - 16
        }
    }
}
