import SRMUDP

/// The relay's tokens and channels, from the side of who decides; datagrams are forwarded elsewhere.
extension RendezvousServer {
    /// A token for the two nodes of a call; nil where the call must do without a relay.
    func makeToken(
        for request: CallRequest, from client: ClientRegistry.Client, now: Instant
    ) -> RelayToken? {
        let source = client.place.source
        guard relay != nil, relayed.tokenCount(of: source) < limits.waitingTokensPerSource,
            let token = RelayToken(random.bytes(count: RelayToken.length))
        else { return nil }
        counters.tokens += 1
        relayed.insert(
            RelayBook.WaitingToken(
                token: token, caller: client.key, callee: request.callee, source: source,
                deadline: now + limits.tokenTime))
        deadlines.insert(.token(token.digest), at: now + limits.tokenTime)
        logger.debug("token \(token) is made")
        return token
    }

    func attach(_ token: RelayToken, from client: ClientRegistry.Client, now: Instant) {
        guard let relay else {
            return refuse(client.id, .attach, reference: token.reference, .relayOff)
        }
        let digest = token.digest
        let waiting = relayed.token(digest)
        guard let waiting, let role = waiting.role(of: client.key) else {
            counters.tokensUnknown += 1
            penalties.add(limits.refusalPenalty, to: client.place.source, now: now)
            return refuse(client.id, .attach, reference: token.reference, .tokenUnknown)
        }
        // Another process of the same node was faster.
        guard waiting.side(role) == nil else {
            counters.tokensUnknown += 1
            return refuse(client.id, .attach, reference: token.reference, .tokenUnknown)
        }
        let source = client.place.source
        guard relayed.channelCount < 2 * limits.channels,
            relayed.channelCount(of: source) < limits.channelSidesPerSource,
            let channel = relay.reserve(
                at: client.place.address, network: client.place.network, now: now)
        else { return refuse(client.id, .attach, reference: token.reference, .quota) }
        relayed.attach(
            channel, RelayBook.Side(client: client.id, source: source, waitingFor: digest), as: role
        )
        clients.add(channel, to: client.id)
        let other = waiting.side(role == .caller ? .callee : .caller)
        send(.attached(token, channel, isJoined: other != nil), to: client.id)
        guard let other else { return }
        join(channel, other, with: relay, digest, now: now)
    }

    private func join(
        _ channel: RelayChannelID, _ other: RelayChannelID, with relay: any RelayChannels,
        _ digest: [UInt8], now: Instant
    ) {
        _ = relayed.removeToken(digest)
        relayed.join(channel, other)
        relay.join(channel, other, now: now)
        counters.channelsJoined += 1
        for side in [channel, other] {
            if let owner = relayed.side(side)?.client { send(.joined(side), to: owner) }
        }
    }

    func detach(_ channel: RelayChannelID, from client: ClientRegistry.Client) {
        guard relayed.side(channel)?.client == client.id else {
            return refuse(client.id, .detach, reference: channel.number, .tokenUnknown)
        }
        end(channel, telling: .peerDetached)
    }

    /// Nothing has passed this channel, in either direction, for as long as one may be idle.
    package func channelIdle(_ channel: RelayChannelID) {
        guard let side = relayed.side(channel) else { return }
        send(.detached(channel, .idle), to: side.client)
        end(channel, telling: .idle)
    }

    /// Ends a side and with it its channel; the owner of the other side is told.
    func end(_ channel: RelayChannelID, telling ending: ChannelEnding) {
        guard let side = release(channel), let peer = side.peer, let other = release(peer) else {
            return
        }
        send(.detached(peer, ending), to: other.client)
    }

    func tokenDue(_ digest: [UInt8], now: Instant) {
        guard let token = relayed.token(digest), token.deadline <= now else { return }
        counters.tokensExpired += 1
        withdraw(digest)
    }

    /// Makes a token void; who is attached by it waits in vain and is told.
    func withdraw(_ digest: [UInt8]) {
        guard let token = relayed.removeToken(digest) else { return }
        for channel in token.sides {
            guard let side = release(channel) else { continue }
            send(.detached(channel, .notJoined), to: side.client)
        }
    }

    private func release(_ channel: RelayChannelID) -> RelayBook.Side? {
        guard let side = relayed.removeSide(channel) else { return nil }
        relay?.release(channel)
        clients.remove(channel, from: side.client)
        return side
    }
}
