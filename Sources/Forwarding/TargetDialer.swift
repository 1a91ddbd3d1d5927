import SRMUDP

/// Resolves and dials a target that needs nobody's permission.
package final class TargetDialer {
    private let resolver: Resolver
    private let dialer: Dialer
    private let datagrams: DatagramDialer?

    /// - Parameter datagrams: nil: UDP is not offered.
    package init(resolver: Resolver, dialer: Dialer, datagrams: DatagramDialer? = nil) {
        self.resolver = resolver
        self.dialer = dialer
        self.datagrams = datagrams
    }

    /// Calls `completion` once, unless cancelled; perhaps before this method returns.
    ///
    /// - Parameter request: what the target is dialled for.
    package func dial(
        _ target: Target, for request: OpenRequest,
        completion: @escaping (ConnectOutcome) -> Void
    ) -> any ConnectAttempt {
        let attempt = TargetAttempt(resolver: resolver, completion: completion)
        switch target {
        case .socket(let path): attempt.finish(Self.connect(to: path, loop: dialer.loop))
        case .udp(let hostPort):
            guard let datagrams else {
                attempt.finish(.refused(OpenReply(.notPermitted, detail: "not offered here")))
                break
            }
            resolve(hostPort, attempt) { endpoints, attempt in
                attempt.finish(datagrams.outcome(for: request, at: endpoints))
            }
        case .tcp(let hostPort):
            resolve(hostPort, attempt) { [dialer] endpoints, attempt in
                attempt.dial = dialer.dial(endpoints) { [weak attempt] result in
                    switch result {
                    case .connected(let socket): attempt?.finish(.connected(socket))
                    case .failed(let error): attempt?.finish(.refused(OpenReply(error)))
                    }
                }
            }
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

    private func resolve(
        _ target: HostPort, _ attempt: TargetAttempt,
        _ use: @escaping ([SocketAddress], TargetAttempt) -> Void
    ) {
        attempt.resolve(target.host) { addresses, attempt in
            use(addresses.map { SocketAddress($0, port: target.port) }, attempt)
        }
    }
}
