import SRMUDP

/// Resolves and dials a target that needs nobody's permission.
package final class TargetDialer {
    private let resolver: Resolver
    private let dialer: Dialer

    package init(resolver: Resolver, dialer: Dialer) {
        self.resolver = resolver
        self.dialer = dialer
    }

    /// Calls `completion` once, unless cancelled; perhaps before this method returns.
    package func dial(
        _ target: Target, completion: @escaping (ConnectOutcome) -> Void
    ) -> any ConnectAttempt {
        let attempt = TargetAttempt(resolver: resolver, completion: completion)
        switch target {
        case .socket(let path): attempt.finish(Self.connect(to: path, loop: dialer.loop))
        case .udp:
            attempt.finish(.refused(OpenReply(.notPermitted, detail: "not offered here")))
        case .tcp(let hostPort): dial(hostPort, attempt)
        }
        return attempt
    }

    /// A UNIX socket connects at once or not at all.
    static func connect(to path: SocketPath, loop: EventLoop) -> ConnectOutcome {
        do throws(SystemError) {
            return .connected(try TCPSocket(connectingTo: path.text, loop: loop))
        } catch {
            return .refused(OpenReply(error))
        }
    }

    private func dial(_ target: HostPort, _ attempt: TargetAttempt) {
        if let addresses = Resolver.literal(target.host) {
            return dial(addresses, port: target.port, attempt)
        }
        attempt.query = resolver.resolve(target.host) { [weak self, weak attempt] result in
            guard let self, let attempt else { return }
            attempt.query = nil
            switch result {
            case .addresses(let addresses): dial(addresses, port: target.port, attempt)
            case .failure(let reason):
                attempt.finish(.refused(OpenReply(.nameNotFound, detail: reason)))
            }
        }
    }

    private func dial(_ addresses: [IPAddress], port: UInt16, _ attempt: TargetAttempt) {
        let endpoints = addresses.map { SocketAddress($0, port: port) }
        attempt.dial = dialer.dial(endpoints) { [weak attempt] result in
            switch result {
            case .connected(let socket): attempt?.finish(.connected(socket))
            case .failed(let error): attempt?.finish(.refused(OpenReply(error)))
            }
        }
    }
}

private final class TargetAttempt: ConnectAttempt {
    var query: Resolver.Query?
    var dial: Dialer.Attempt?
    private let resolver: Resolver
    private var completion: ((ConnectOutcome) -> Void)?

    init(resolver: Resolver, completion: @escaping (ConnectOutcome) -> Void) {
        self.resolver = resolver
        self.completion = completion
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
        dial?.cancel()
        dial = nil
    }
}
