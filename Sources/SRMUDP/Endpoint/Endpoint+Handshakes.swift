// Handshake messages on their way in: who may ask, what is answered, and what is kept of it.
extension Endpoint {
    func handleInitiation(_ datagram: [UInt8], from address: SocketAddress, now: Instant) {
        guard mayAnswer(address) else {
            statistics.initiationsDropped += 1
            return
        }
        refreshKeys()
        switch handshakeGuard.admit(datagram, source: address.encoded, now: now) {
        case .drop: statistics.initiationsDropped += 1
        case .reply(let answer): reply(answer, to: address)
        case .process: answerInitiation(datagram, from: address, now: now)
        }
    }

    /// Whether anybody may come from there: by the policy for all, or on a connection that may use
    /// that address. Nobody else learns that we are here.
    func mayAnswer(_ address: SocketAddress) -> Bool {
        pathPolicy.allows(address) || shared.table.connections.contains { $0.uses(address) }
    }

    /// Either side of a connection may have to find the other anew, so its key is answered to as
    /// long as it lives.
    private func refreshKeys() {
        guard shared.table.sharedKeysChanged else { return }
        shared.table.sharedKeysChanged = false
        var known = sharedKeys
        for connection in shared.table.connections where connection.target.pattern == .nnpsk0 {
            known[connection.target.publicKey] = connection.target.preSharedKey
        }
        keys.preSharedKeys = Array(known.values)
        handshakeGuard.use(keys)
    }

    private func answerInitiation(_ datagram: [UInt8], from address: SocketAddress, now: Instant) {
        if let ephemeral = ResponderHandshake.ephemeral(of: datagram),
            let known = pendingResponders.pending(ephemeral: ephemeral)
        {
            known.answered(to: address)
            reply(known.response, to: address)
            return
        }
        statistics.keyAgreements += 1
        guard let handshake = ResponderHandshake.open(datagram, keys: keys),
            let target = target(of: handshake, from: address),
            mayCome(target, from: address)
        else {
            statistics.initiationsDropped += 1
            return
        }
        respond(to: handshake, target: target, from: address, now: now)
    }

    /// Who sent the INITIATION; nil if nobody who may connect.
    private func target(
        of handshake: ResponderHandshake, from address: SocketAddress
    ) -> PeerTarget? {
        switch handshake.pattern {
        case .ikpsk2:
            guard let peer = handshake.initiatorStatic, peer != publicKey,
                let preSharedKey = authorize(peer, handshake.ticketID)
            else { return nil }
            var target = PeerTarget(
                publicKey: peer, preSharedKey: preSharedKey, ticketID: handshake.ticketID,
                addresses: [address])
            target.pathPolicy = pathPolicy
            return target
        case .nnpsk0:
            return handshake.preSharedKeyIndex.map {
                var target = PeerTarget(sharedKey: keys.preSharedKeys[$0], addresses: [address])
                target.pathPolicy = pathPolicy
                return target
            }
        }
    }

    private func mayCome(_ target: PeerTarget, from address: SocketAddress) -> Bool {
        target.pathPolicy.allows(address)
            || shared.table.connections(with: target.publicKey).contains { $0.uses(address) }
    }

    private func respond(
        to handshake: ResponderHandshake, target: PeerTarget, from address: SocketAddress,
        now: Instant
    ) {
        let continued = continuation(of: handshake.instance, with: target.publicKey)
        let instance =
            continued?.instance
            ?? pendingResponders.instance(towards: target.publicKey)
            ?? shared.random.next()
        // With a shared key our own INITIATION, sent back to us, would look like the peer's.
        let own = shared.table.connections(with: target.publicKey).map(\.instance) + [instance]
        guard !own.contains(handshake.instance) else {
            statistics.initiationsDropped += 1
            return
        }
        let id = ConnectionID.random(from: shared.random)
        guard
            let (response, outcome) = handshake.respond(
                preSharedKey: target.preSharedKey, localConnectionID: id, instance: instance,
                resetToken: statelessReset.token(for: id),
                observedAddress: (address.ip.isLink ? .init(.anyIPv6, port: 0) : address).encoded,
                parameters: TransportParameters(shared.configuration), random: shared.random)
        else { return }
        let parity = target.parity(
            ownKey: publicKey, instance: instance, peerInstance: handshake.instance)
        let generation = KeyGeneration(
            outcome, isPreferred: parity == .odd,
            nextPacketNumber: continued?.recovery.nextPacketNumber ?? 0, now: now)
        pendingResponders.insert(
            PendingResponder(
                outcome: outcome, generation: generation, target: target, instance: instance,
                continuesConnection: continued != nil, response: response, now: now))
        reply(response, to: address)
        // Whoever dials us at this moment can be reached where its datagram came from.
        if continued?.state == .dialing { continued?.tryAddress(address, now: now) }
    }

    func handleResponse(
        _ storage: borrowing ByteStorage, _ range: Range<Int>, from address: SocketAddress,
        now: Instant
    ) {
        // Type, version, pattern and zero, the responder's ID, then ours.
        guard range.count >= 20 else { return }
        let id = ConnectionID(
            rawValue: storage.load(at: range.lowerBound + 12, as: UInt64.self))
        guard let connection = shared.table.connection(for: id) else { return }
        connection.handleResponse(storage.array(range), from: address, now: now)
    }

    func handleCookie(
        _ storage: borrowing ByteStorage, _ range: Range<Int>, now: Instant
    ) {
        guard range.count >= 12 else { return }
        let id = ConnectionID(rawValue: storage.load(at: range.lowerBound + 4, as: UInt64.self))
        shared.table.connection(for: id)?.handleCookie(storage.array(range), now: now)
    }

    func handleVersion(_ storage: borrowing ByteStorage, _ range: Range<Int>) {
        guard VersionMessage.lengths.contains(range.count) else { return }
        let id = ConnectionID(rawValue: storage.load(at: range.lowerBound + 4, as: UInt64.self))
        shared.table.connection(for: id)?.handleVersion(storage.array(range))
    }
}
