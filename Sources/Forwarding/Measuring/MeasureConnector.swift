/// Takes part in measurements that a peer asks for: one at a time over all of its sessions, and
/// within the rate that its flows have.
final class MeasureConnector: TargetConnector {
    private let account: PeerAccount

    init(account: PeerAccount) { self.account = account }

    func connect(
        to request: OpenRequest, completion: @escaping (ConnectOutcome) -> Void
    ) -> any ConnectAttempt {
        guard case .measure(let measure) = request else {
            preconditionFailure("only measurements are asked for here")
        }
        if account.isMeasuring {
            completion(
                .refused(OpenReply(.tooManyRequests, detail: "a speed test runs already")))
        } else {
            completion(
                .taken { [account] place in
                    let flow = MeasureFlow.serving(measure, at: place)
                    account.measuring = flow
                    return flow
                })
        }
        return FinishedAttempt()
    }
}
