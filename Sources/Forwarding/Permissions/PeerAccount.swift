import SRMUDP

/// What one peer may do at this node and how much of it is in use, over all of its sessions.
///
/// The owner replaces `grants` when they change; flows that are not permitted any more end then.
package final class PeerAccount: ListenPolicy {
    /// A destination that was permitted by an answer, not by a rule.
    private struct Approval: Hashable {
        let target: HostPort
        let address: IPAddress
        let isDynamic: Bool
    }

    /// What the peer is called here.
    package var name: String
    package var grants: PeerGrants {
        didSet { if grants != oldValue { grantsChanged() } }
    }
    /// Nil where nobody can be asked.
    package weak var asker: (any DestinationAsker)?
    /// Where the peer is, as this node sees it.
    package var whereabouts: () -> SocketAddress? = { nil }

    let budget: RateBudget?
    /// The measurement that the peer asked for last.
    weak var measuring: MeasureFlow?
    private var sessions: [WeakSession] = []
    /// Good for further connections.
    private var sessionApprovals: Set<Approval> = []
    /// Good for connections that stand.
    private var pastApprovals: Set<Approval> = []

    /// Most approvals of either kind that are remembered. Beyond, one for the session holds for once,
    /// and some connection that stands ends with the next change of rules.
    private static let approvalLimit = 1_024

    package init(name: String, grants: PeerGrants, budget: RateBudget? = nil) {
        self.name = name
        self.grants = grants
        self.budget = budget
    }

    /// Flows that the peer has here, and connects under way for it.
    package var flowCount: Int {
        sessions.reduce(0) { $0 + ($1.session?.servedFlowCount ?? 0) }
    }

    /// Whether a measurement is going on that the peer asked for.
    var isMeasuring: Bool { measuring?.hasEnded == false }

    func join(_ session: ForwardingSession) {
        sessions.removeAll { $0.session.map(\.isOver) ?? true }
        sessions.append(WeakSession(session: session))
    }

    // MARK: What is permitted

    /// Why the peer may not have one more flow; nil if it may.
    func refusalOfFlow() -> OpenReply? {
        guard let limit = grants.maximumFlows, flowCount >= limit else { return nil }
        return OpenReply(.tooManyRequests, detail: "\(limit) flows at a time are permitted")
    }

    package func permits(_ target: HostPort, at address: IPAddress, isDynamic: Bool) -> Bool {
        grants.permits(target, at: address, isDynamic: isDynamic)
            || sessionApprovals.contains(
                Approval(target: target, address: address, isDynamic: isDynamic))
    }

    /// Whether it is worth finding out what the target's host resolves to.
    package func couldPermit(_ target: HostPort, isDynamic: Bool) -> Bool {
        canAsk || grants.couldPermit(target, isDynamic: isDynamic)
            || sessionApprovals.contains { $0.target == target && $0.isDynamic == isDynamic }
    }

    package func judge(_ place: ListenRequest.Place) -> ListenJudgement { grants.judge(place) }

    var canAsk: Bool { grants.asks && asker != nil }

    /// Remembers what was answered about addresses that are dialled now.
    func approve(
        _ target: HostPort, at addresses: [IPAddress], isDynamic: Bool, _ answer: DestinationAnswer
    ) {
        let approvals = addresses.map {
            Approval(target: target, address: $0, isDynamic: isDynamic)
        }
        switch answer {
        case .no: return
        case .once: break
        // The rule that makes `always` last is read with the peers file, a moment later.
        case .session, .always:
            guard sessionApprovals.count < Self.approvalLimit else { break }
            sessionApprovals.formUnion(approvals)
        }
        while pastApprovals.count >= Self.approvalLimit { pastApprovals.removeFirst() }
        pastApprovals.formUnion(approvals)
    }

    // MARK: Changes

    private func grantsChanged() {
        if budget?.rate != grants.rate { budget?.rate = grants.rate }
        if !grants.asks {
            sessionApprovals = []
            pastApprovals = []
        }
        for entry in sessions { entry.session?.withdraw { !self.stillPermits($0) } }
    }

    /// Whether a connection that was granted may stand: by rules of now, or by an answer.
    func stillPermits(_ target: HostPort, at address: IPAddress, isDynamic: Bool) -> Bool {
        permits(target, at: address, isDynamic: isDynamic)
            || pastApprovals.contains(
                Approval(target: target, address: address, isDynamic: isDynamic))
    }

    /// Whether what was granted would be granted, or was approved, under the rules of now.
    private func stillPermits(_ user: any StreamUser) -> Bool {
        switch user.request {
        case .connect(.tcp(let target), let isDynamic), .connect(.udp(let target), let isDynamic):
            guard let address = user.dialledAddress?.ip else {
                return grants.couldPermit(target, isDynamic: isDynamic)
            }
            return stillPermits(target, at: address, isDynamic: isDynamic)
        case .connect(.socket(let path), _): return grants.open.permits(path)
        case .listen(let request):
            if case .allowed = judge(request.place) { return true }
            return false
        case .relay: return grants.mayRelay
        // Every peer may measure.
        case .measure: return true
        // What this side asked for.
        case .accepted, .pipe, .relayed: return true
        }
    }
}

private struct WeakSession {
    weak var session: ForwardingSession?
}
