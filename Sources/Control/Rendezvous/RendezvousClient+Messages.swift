import SRMUDP

/// The server's messages, once it has welcomed us.
///
/// An answer to a request that was given up meanwhile is counted and, where it left something open
/// at the server, undone. What no server of ours would say fails the connection.
extension RendezvousClient {
    func handle(_ message: ServerMessage, now: Instant) throws(MessageError) {
        switch message {
        case .welcome(let welcome): welcomedAgain(welcome)
        case .incoming(let call, let caller, let wantsRelay, let token, let sealed):
            let incoming = IncomingCall(
                call: call, caller: caller, wantsRelay: wantsRelay, token: token, sealed: sealed)
            try receive(incoming, now: now)
        case .called(let call, let status, let token, let sealed):
            guard requests.take(.call(call)) else { return ignore() }
            guard status == .ok else { return tell(.callFailed(call, .status(status))) }
            tell(.called(call, token: token, sealed: sealed))
        case .attached(let token, let channel, _):
            guard requests.take(.attach(token)) else {
                ignore()
                return send(.detach(channel))
            }
            channels.insert(channel)
            tell(.attached(token, channel))
        case .joined(let channel):
            guard channels.contains(channel) else { return ignore() }
            tell(.joined(channel))
        case .detached(let channel, let ending):
            guard channels.remove(channel) != nil else { return ignore() }
            tell(.detached(channel, .ending(ending)))
        case .claimed, .entered, .message, .closed: handleMailbox(message)
        case .refused(let type, let reference, let status):
            try refused(type: type, reference: reference, status)
        case .counters(let text): tell(.counters(text))
        }
    }

    private func handleMailbox(_ message: ServerMessage) {
        switch message {
        case .claimed(let mailbox, let nameplate, let ttl):
            guard requests.take(.claim) else {
                ignore()
                return send(.burn(mailbox, .withdrawn))
            }
            mailboxes.insert(mailbox)
            tell(.claimed(mailbox, nameplate, ttl: ttl))
        case .entered(let mailbox, let party, let bytes):
            entered(mailbox, party: party, bytes)
        case .message(let mailbox, let party, let bytes):
            guard mailboxes.contains(mailbox) else { return ignore() }
            tell(.message(mailbox, party: party, bytes))
        case .closed(let mailbox, let ending):
            guard mailboxes.remove(mailbox) != nil else { return ignore() }
            tell(.closed(mailbox, .ending(ending)))
        case .welcome, .incoming, .called, .attached, .joined, .detached, .refused, .counters:
            preconditionFailure("only messages of mailboxes come here")
        }
    }

    private func entered(_ mailbox: MailboxID, party: UInt8, _ bytes: [UInt8]) {
        guard party == 0 else {
            guard mailboxes.contains(mailbox) else { return ignore() }
            return tell(.entered(mailbox, party: party, bytes))
        }
        let join = requests.take { if case .join = $0 { true } else { false } }
        guard case .awaited(.join(let nameplate)) = join else {
            ignore()
            return send(.burn(mailbox, .withdrawn))
        }
        mailboxes.insert(mailbox)
        tell(.joinedCode(mailbox, nameplate))
    }

    private func receive(_ call: IncomingCall, now: Instant) throws(MessageError) {
        guard isCallable else { throw .malformed(type: ServerMessage.Kind.incoming.rawValue) }
        guard incoming.count < Self.incomingLimit, incoming[call.call] == nil else {
            ignore()
            return send(.answer(call.call, isAccepted: false, sealed: []))
        }
        incoming[call.call] = now + Self.answerTime
        tell(.incoming(call))
    }

    private func refused(
        type: UInt8, reference: UInt64, _ status: RendezvousStatus
    ) throws(MessageError) {
        guard let kind = ClientMessage.Kind(rawValue: type) else {
            throw .malformed(type: ServerMessage.Kind.refused.rawValue)
        }
        let match: PendingRequests.Match
        switch kind {
        case .call: match = requests.take { $0 == .call(CallID(reference)) }
        case .attach:
            match = requests.take {
                if case .attach(let token) = $0 { token.reference == reference } else { false }
            }
        case .claim: match = requests.take { $0 == .claim }
        case .join:
            match = requests.take {
                if case .join(let plate) = $0 { UInt64(plate.number) == reference } else { false }
            }
        case .answer: return tell(.answerRefused(CallID(reference)))
        case .post:
            let mailbox = MailboxID(reference)
            return mailboxes.contains(mailbox) ? tell(.postRefused(mailbox, status)) : ignore()
        // What is to be ended is over already; counters are asked for again later.
        case .hello, .detach, .burn, .status: return ignore()
        }
        guard case .awaited(let request) = match else { return ignore() }
        tell(request, .status(status))
    }

    private func ignore() { ignoredMessageCount += 1 }
}
