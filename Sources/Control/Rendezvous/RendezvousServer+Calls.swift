import SRMUDP

/// Calls: CALL becomes INCOMING, ANSWER becomes CALLED.
///
///     caller            server                            callee
///       | ---- CALL ---> | makes a token                    |
///       |                | ---- INCOMING (token) ---------> |
///       |                | <--------------- ATTACH (token)  |
///       |                | stores the side, ATTACHED -----> |
///       |                | <---------------------- ANSWER   |
///       | <--- CALLED -- | (token)                          |
///       | --- ATTACH --> | joins both                       |
///       | <-- ATTACHED - |                                  |
///       | <--- JOINED -- | ---- JOINED -------------------> |
///
/// Each wait has an end: the answer (5 s after INCOMING), the token (10 s after it was made).
extension RendezvousServer {
    func call(_ request: CallRequest, from client: ClientRegistry.Client, now: Instant) {
        counters.calls += 1
        guard callRates.take(client.key, now: now) else {
            counters.callsOverQuota += 1
            return fail(request, from: client.id, .quota)
        }
        let key = CallKey(call: request.call, callee: request.callee)
        // A node has no call with itself, and numbers that are drawn at random never meet.
        guard request.callee != client.key, calls[key] == nil else {
            return fail(request, from: client.id, .malformed)
        }
        let processes = clients.callable(request.callee).prefix(limits.ringLimit)
        guard !processes.isEmpty else {
            counters.callsUnregistered += 1
            return fail(request, from: client.id, .notRegistered)
        }
        calls[key] = PendingCall(
            request: request, caller: client.id, callerKey: client.key,
            token: request.wantsRelay ? makeToken(for: request, from: client, now: now) : nil,
            fallbacks: Array(processes), deadline: now + limits.answerTime)
        deadlines.insert(.call(key), at: now + limits.answerTime)
        ringNext(key, now: now)
    }

    func answer(
        _ call: CallID, isAccepted: Bool, sealed: [UInt8], from client: ClientRegistry.Client,
        now: Instant
    ) {
        let key = CallKey(call: call, callee: client.key)
        guard var pending = calls[key], pending.ringing.contains(client.id) else {
            return refuse(client.id, .answer, reference: call.value, .noAnswer)
        }
        guard isAccepted else {
            pending.ringing.removeAll { $0 == client.id }
            calls[key] = pending
            return goOn(key, orEndWith: .refusedByPeer, now: now)
        }
        calls[key] = nil
        counters.callsAnswered += 1
        // The caller is sent to the relay only if who answered is there already.
        let isAttached = pending.token.map { relayed.isAttached(client.id, to: $0.digest) } ?? false
        if !isAttached, let token = pending.token { withdraw(token.digest) }
        send(
            .called(call, .ok, token: isAttached ? pending.token : nil, sealed: sealed),
            to: pending.caller)
    }

    /// Looks at a call whose answer, or whose next ring, is due.
    func callDue(_ key: CallKey, now: Instant) {
        guard let pending = calls[key] else { return }
        if pending.deadline <= now {
            end(pending, .noAnswer)
        } else if let due = pending.nextRing, due <= now {
            ringNext(key, now: now)
        }
    }

    /// A client is gone: its own calls are over, and what it was asked goes to another process.
    func endCalls(of id: ClientID, now: Instant) {
        let concerned = calls.values.filter { $0.caller == id || $0.involves(id) }
        for var pending in concerned.sorted(by: { $0.request.call.value < $1.request.call.value }) {
            let key = pending.key
            if pending.caller == id {
                calls[key] = nil
                if let token = pending.token { withdraw(token.digest) }
                continue
            }
            let wasRinging = pending.ringing.contains(id)
            pending.ringing.removeAll { $0 == id }
            pending.fallbacks.removeAll { $0 == id }
            calls[key] = pending
            if wasRinging { goOn(key, orEndWith: .notRegistered, now: now) }
        }
    }

    /// Asks the next process, or ends the call if nobody is left to answer.
    private func goOn(_ key: CallKey, orEndWith status: RendezvousStatus, now: Instant) {
        guard let pending = calls[key] else { return }
        if !pending.fallbacks.isEmpty {
            ringNext(key, now: now)
        } else if pending.ringing.isEmpty {
            end(pending, status)
        }
    }

    private func ringNext(_ key: CallKey, now: Instant) {
        guard var pending = calls[key], !pending.fallbacks.isEmpty else { return }
        let process = pending.fallbacks.removeFirst()
        pending.ringing.append(process)
        pending.nextRing = nil
        if !pending.fallbacks.isEmpty, now + limits.ringInterval < pending.deadline {
            pending.nextRing = now + limits.ringInterval
            deadlines.insert(.call(key), at: now + limits.ringInterval)
        }
        calls[key] = pending
        let request = pending.request
        send(
            .incoming(
                request.call, caller: pending.callerKey, wantsRelay: request.wantsRelay,
                token: pending.token, sealed: request.sealed), to: process)
    }

    private func end(_ pending: PendingCall, _ status: RendezvousStatus) {
        calls[pending.key] = nil
        if let token = pending.token { withdraw(token.digest) }
        switch status {
        case .noAnswer: counters.callsUnanswered += 1
        case .refusedByPeer: counters.callsRefused += 1
        default: counters.callsUnregistered += 1
        }
        fail(pending.request, from: pending.caller, status)
    }

    private func fail(
        _ request: CallRequest, from caller: ClientID, _ status: RendezvousStatus
    ) {
        send(.called(request.call, status, token: nil, sealed: []), to: caller)
    }
}
