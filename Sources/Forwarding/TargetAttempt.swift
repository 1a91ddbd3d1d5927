import SRMUDP

/// An attempt under way, from the name to the connected socket.
final class TargetAttempt: ConnectAttempt {
    var query: Resolver.Query?
    /// Takes back the question whether the target may be dialled.
    var withdrawQuestion: (() -> Void)?
    var dial: Dialer.Attempt?
    private let resolver: Resolver
    private var completion: ((ConnectOutcome) -> Void)?

    init(resolver: Resolver, completion: @escaping (ConnectOutcome) -> Void) {
        self.resolver = resolver
        self.completion = completion
    }

    /// Neither finished nor cancelled.
    var isUndecided: Bool { completion != nil }
    /// Nothing is dialled yet.
    var isWaiting: Bool { isUndecided && dial == nil }

    /// Finds the addresses of `host` and calls `use` with them, or finishes with the refusal.
    func resolve(_ host: String, _ use: @escaping ([IPAddress], TargetAttempt) -> Void) {
        if let addresses = Resolver.literal(host) { return use(addresses, self) }
        query = resolver.resolve(host) { [weak self] result in
            guard let self else { return }
            query = nil
            switch result {
            case .addresses(let addresses): use(addresses, self)
            case .failure(let reason):
                finish(.refused(OpenReply(.nameNotFound, detail: reason)))
            }
        }
    }

    func finish(_ outcome: ConnectOutcome) {
        let completion = completion
        self.completion = nil
        dial = nil
        completion?(outcome)
    }

    func cancel() {
        completion = nil
        if let query { resolver.cancel(query) }
        query = nil
        withdrawQuestion?()
        withdrawQuestion = nil
        dial?.cancel()
        dial = nil
    }
}
