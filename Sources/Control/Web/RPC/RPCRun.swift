import SRMUDP

/// Has the calls of one request to /jsonrpc carried out, and gathers their answers in the order of
/// the calls.
final class RPCRun {
    /// How long a call may take.
    static let usualPatience: Interval = .seconds(60)

    private let body: RPCBody
    private let patience: Interval
    private let completion: (JSONValue?) -> Void
    private var callers: [RPCCaller?]
    private var answers: [ControlMessage?]
    private var waitingCount: Int
    private var timeout: () -> Void = {}

    /// - Parameter completion: called once with what to answer; nil: nothing is to be said, because
    ///   no call wanted an answer.
    init(
        _ body: RPCBody, patience: Interval = usualPatience,
        completion: @escaping (JSONValue?) -> Void
    ) {
        self.body = body
        self.patience = patience
        self.completion = completion
        callers = Array(repeating: nil, count: body.items.count)
        answers = Array(repeating: nil, count: body.items.count)
        waitingCount = body.items.count
    }

    /// - Parameters:
    ///   - permits: whether the client may call the method of this name.
    ///   - handle: carries a call out, as `ControlHandler` does.
    func start(
        loop: EventLoop, permits: (String) -> Bool, handle: (ControlCall) -> Void
    ) {
        // The loop holds us until then.
        let timer = loop.schedule(after: patience) { self.giveUp() }
        timeout = { loop.cancel(timer) }
        for (index, item) in body.items.enumerated() {
            switch item {
            case .failure(let refusal):
                finish(index, .failure(id: refusal.id, refusal.error))
            case .success(let request) where !permits(request.method):
                finish(index, request.id.map { .failure(id: $0, Self.notPermitted(request)) })
            case .success(let request):
                let caller = RPCCaller { [weak self] in self?.finish(index, $0) }
                callers[index] = caller
                handle(ControlCall(request, client: caller))
            }
        }
    }

    /// Nobody waits for the answers any more; what the calls do goes on, as far as it is more than
    /// to answer.
    func cancel() {
        for caller in callers { caller?.giveUp() }
        timeout()
    }

    private func finish(_ index: Int, _ message: ControlMessage?) {
        answers[index] = message
        callers[index] = nil
        waitingCount -= 1
        if waitingCount == 0 { end() }
    }

    /// What has not been answered so far fails.
    private func giveUp() {
        for (index, caller) in callers.enumerated() {
            guard let caller, case .success(let request) = body.items[index] else { continue }
            caller.giveUp()
            answers[index] = request.id.map { .failure(id: $0, tooSlow(request)) }
        }
        end()
    }

    private func end() {
        timeout()
        let said = answers.compactMap { $0?.json }
        guard !said.isEmpty else { return completion(nil) }
        completion(body.isBatch ? .array(said) : said[0])
    }

    private static func notPermitted(_ request: ControlRequest) -> ControlError {
        ControlError(
            CommandError(
                request.method.escapedForMessage, "you may not call this method",
                hint: "ask for a token with it among its 'methods'", .refused))
    }

    private func tooSlow(_ request: ControlRequest) -> ControlError {
        ControlError(
            CommandError(
                request.method.escapedForMessage,
                "it is not done after \(patience.nanoseconds / 1_000_000_000) seconds", .failure))
    }
}
