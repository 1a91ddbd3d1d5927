import SRMUDP

/// What came of a peer's request.
package enum ConnectOutcome {
    /// A socket to join the stream to.
    case connected(TCPSocket)
    /// The request is granted to a user of another kind, which writes the reply itself.
    case taken((StreamPlace) -> any StreamUser)
    /// Not to be had; the reply says why and is never `connected`.
    case refused(OpenReply)
}

/// An attempt under way.
package protocol ConnectAttempt: AnyObject {
    /// Ends the attempt and everything it has under way; its completion is not called any more.
    func cancel()
}

/// Grants what a peer asked for, or says why not.
package protocol TargetConnector: AnyObject {
    /// Calls `completion` exactly once, unless cancelled; perhaps before this method returns.
    func connect(
        to request: OpenRequest, completion: @escaping (ConnectOutcome) -> Void
    ) -> any ConnectAttempt
}

/// Resolves a name, holds every address against the policy, and dials those that are permitted.
///
/// The check comes after resolving, and exactly the checked addresses are dialled: a name that
/// changes its mind between the two (DNS rebinding) gains nothing.
package final class PolicyConnector: TargetConnector {
    /// May change while sessions run; attempts under way keep what was decided for them.
    package var policy: AccessPolicy
    private let resolver: Resolver
    private let dialer: Dialer
    private let datagrams: DatagramDialer?

    /// - Parameter datagrams: nil: UDP is not offered.
    package init(
        policy: AccessPolicy, resolver: Resolver, dialer: Dialer, datagrams: DatagramDialer? = nil
    ) {
        self.policy = policy
        self.resolver = resolver
        self.dialer = dialer
        self.datagrams = datagrams
    }

    package func connect(
        to request: OpenRequest, completion: @escaping (ConnectOutcome) -> Void
    ) -> any ConnectAttempt {
        let attempt = PolicyConnectAttempt(request, resolver: resolver, completion: completion)
        if case .connect(.socket(let path), _) = request {
            attempt.finish(connect(to: path))
            return attempt
        }
        guard let target = target(of: request) else {
            attempt.finish(.refused(OpenReply(.notPermitted, detail: "not offered here")))
            return attempt
        }
        guard policy.couldPermit(requestedHost: target.host, port: target.port) else {
            // Names that no rule could ever permit are not even looked up.
            attempt.finish(.refused(OpenReply(.notPermitted)))
            return attempt
        }
        if let addresses = Resolver.literal(target.host) {
            dial(addresses, target: target, attempt: attempt)
        } else {
            attempt.query = resolver.resolve(target.host) { [weak self, weak attempt] result in
                guard let self, let attempt else { return }
                attempt.query = nil
                resolved(result, target: target, attempt: attempt)
            }
        }
        return attempt
    }

    private func connect(to path: SocketPath) -> ConnectOutcome {
        guard policy.permits(path) else { return .refused(OpenReply(.notPermitted)) }
        return TargetDialer.connect(to: path, loop: dialer.loop)
    }

    /// Nil for what is not offered.
    private func target(of request: OpenRequest) -> HostPort? {
        switch request {
        case .connect(.tcp(let target), _): target
        case .connect(.udp(let target), _): datagrams == nil ? nil : target
        case .connect(.socket, _), .listen, .accepted, .pipe, .relay, .relayed: nil
        }
    }

    private func resolved(
        _ result: Resolver.Result, target: HostPort, attempt: PolicyConnectAttempt
    ) {
        switch result {
        case .addresses(let addresses):
            dial(addresses, target: target, attempt: attempt)
        case .failure(let reason):
            attempt.finish(.refused(OpenReply(.nameNotFound, detail: reason)))
        }
    }

    private func dial(
        _ addresses: [IPAddress], target: HostPort, attempt: PolicyConnectAttempt
    ) {
        let permitted = addresses.filter { address in
            policy.permits(requestedHost: target.host, address: address, port: target.port)
        }
        guard !permitted.isEmpty else {
            return attempt.finish(.refused(OpenReply(.notPermitted)))
        }
        let endpoints = permitted.map { SocketAddress($0, port: target.port) }
        if case .connect(.udp, _) = attempt.request, let datagrams {
            return attempt.finish(datagrams.outcome(for: attempt.request, at: endpoints))
        }
        attempt.dial = dialer.dial(endpoints) { [weak attempt] result in
            attempt?.finish(Self.outcome(of: result))
        }
    }

    private static func outcome(of result: Dialer.Result) -> ConnectOutcome {
        switch result {
        case .connected(let socket): .connected(socket)
        case .failed(let error): .refused(OpenReply(error))
        }
    }
}

extension OpenReply {
    /// The reply for a connect that failed.
    init(_ error: SystemError) {
        switch error.code {
        case ErrorNumber.connectionRefused: self.init(.refused)
        case ErrorNumber.timedOut: self.init(.timedOut)
        case ErrorNumber.networkUnreachable: self.init(.networkUnreachable)
        case ErrorNumber.hostUnreachable: self.init(.hostUnreachable)
        case ErrorNumber.noSuchFile: self.init(.refused, detail: error.reason)
        default: self.init(.generalFailure, detail: error.reason)
        }
    }
}

/// The attempt of a `PolicyConnector`, from the name to the connected socket.
private final class PolicyConnectAttempt: ConnectAttempt {
    let request: OpenRequest
    var query: Resolver.Query?
    var dial: Dialer.Attempt?
    private let resolver: Resolver
    private var completion: ((ConnectOutcome) -> Void)?

    init(
        _ request: OpenRequest, resolver: Resolver,
        completion: @escaping (ConnectOutcome) -> Void
    ) {
        self.request = request
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
