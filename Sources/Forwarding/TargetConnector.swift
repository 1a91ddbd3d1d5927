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

/// Resolves a name, holds every address against what the peer is granted, and dials those that are
/// permitted.
///
/// The check comes after resolving, and exactly the checked addresses are dialled: a name that
/// changes its mind between the two (DNS rebinding) gains nothing. What no rule permits is asked
/// about, where the grants say so.
///
/// A refusal names the destination as the peer wrote it, never what it resolved to here: a peer
/// does not learn this side's names by asking for them.
package final class PolicyConnector: TargetConnector {
    /// Its grants may change while sessions run, also while an attempt is under way.
    package let account: PeerAccount
    private let resolver: Resolver
    private let dialer: Dialer
    private let datagrams: DatagramDialer?

    /// - Parameter datagrams: nil: UDP is not offered.
    package init(
        account: PeerAccount, resolver: Resolver, dialer: Dialer, datagrams: DatagramDialer? = nil
    ) {
        self.account = account
        self.resolver = resolver
        self.dialer = dialer
        self.datagrams = datagrams
    }

    /// For a peer with these rules and no other rights.
    package convenience init(
        policy: AccessPolicy, resolver: Resolver, dialer: Dialer, datagrams: DatagramDialer? = nil
    ) {
        var grants = PeerGrants()
        grants.open = policy
        self.init(
            account: PeerAccount(name: "", grants: grants), resolver: resolver, dialer: dialer,
            datagrams: datagrams)
    }

    package func connect(
        to request: OpenRequest, completion: @escaping (ConnectOutcome) -> Void
    ) -> any ConnectAttempt {
        if case .connect(.socket(let path), _) = request {
            let attempt = TargetAttempt(resolver: resolver, completion: completion)
            attempt.finish(connect(to: path))
            return attempt
        }
        guard let wish = Wish(request), !wish.isUDP || datagrams != nil else {
            let attempt = TargetAttempt(resolver: resolver, completion: completion)
            attempt.finish(.refused(OpenReply(.notPermitted, detail: "not offered here")))
            return attempt
        }
        let attempt = TargetAttempt(resolver: resolver, completion: completion)
        guard account.couldPermit(wish.target, isDynamic: wish.isDynamic) else {
            // Names that no rule could ever permit are not even looked up.
            attempt.finish(.refused(wish.refusal))
            return attempt
        }
        attempt.resolve(wish.target.host) { [weak self] addresses, attempt in
            self?.judge(addresses, wish, attempt)
        }
        return attempt
    }

    private func connect(to path: SocketPath) -> ConnectOutcome {
        guard account.grants.open.permits(path) else {
            return .refused(OpenReply(.notPermitted, detail: "no rule for \(path)"))
        }
        return TargetDialer.connect(to: path, loop: dialer.loop)
    }

    private func judge(_ addresses: [IPAddress], _ wish: Wish, _ attempt: TargetAttempt) {
        let permitted = addresses.filter {
            account.permits(wish.target, at: $0, isDynamic: wish.isDynamic)
        }
        if permitted.isEmpty {
            ask(addresses, wish, attempt)
        } else {
            dial(permitted, wish, attempt)
        }
    }

    private func ask(_ addresses: [IPAddress], _ wish: Wish, _ attempt: TargetAttempt) {
        let possible = addresses.filter {
            AccessPolicy.canEverPermit($0, port: wish.target.port)
        }
        guard account.canAsk, let asker = account.asker, !possible.isEmpty else {
            return attempt.finish(.refused(wish.refusal))
        }
        let question = DestinationQuestion(
            peer: account.name, target: wish.target, addresses: possible,
            isDynamic: wish.isDynamic)
        let withdraw = asker.ask(question) { [weak self, weak attempt] answer in
            guard let self, let attempt else { return }
            attempt.withdrawQuestion = nil
            guard answer != .no, account.canAsk else {
                return attempt.finish(.refused(wish.refusal))
            }
            account.approve(wish.target, at: possible, isDynamic: wish.isDynamic, answer)
            dial(possible, wish, attempt)
        }
        if attempt.isWaiting { attempt.withdrawQuestion = withdraw }
    }

    private func dial(_ addresses: [IPAddress], _ wish: Wish, _ attempt: TargetAttempt) {
        guard attempt.isUndecided else { return }
        let endpoints = addresses.map { SocketAddress($0, port: wish.target.port) }
        if wish.isUDP, let datagrams {
            return attempt.finish(datagrams.outcome(for: wish.request, at: endpoints))
        }
        attempt.dial = dialer.dial(endpoints) { [weak self, weak attempt] result in
            guard let self, let attempt else { return }
            switch result {
            case .connected(let socket): attempt.finish(introduced(socket, wish))
            case .failed(let error): attempt.finish(.refused(OpenReply(error)))
            }
        }
    }

    /// Tells the target who comes, if it wants to know. A new connection takes these few bytes at
    /// once, or is broken.
    private func introduced(_ socket: TCPSocket, _ wish: Wish) -> ConnectOutcome {
        // The right may have been taken away since the dial began.
        guard
            account.stillPermits(
                wish.target, at: socket.peerAddress.ip, isDynamic: wish.isDynamic)
        else {
            socket.abort()
            return .refused(wish.refusal)
        }
        let announced = account.grants.announced
        let wantsHeader = announced.permits(
            requestedHost: wish.target.host, address: socket.peerAddress.ip,
            port: wish.target.port)
        guard wantsHeader else { return .connected(socket) }
        let header = ProxyHeader.bytes(
            source: account.whereabouts(), destination: socket.peerAddress, name: account.name)
        let result = socket.write(from: ByteStorage(header), 0..<header.count)
        guard result == .bytes(header.count) else {
            socket.abort()
            return .refused(OpenReply(.generalFailure, detail: "the target took no header"))
        }
        return .connected(socket)
    }
}

/// What a peer asked for.
private struct Wish {
    let request: OpenRequest
    let target: HostPort
    let isUDP: Bool
    let isDynamic: Bool

    /// Nil for what is not offered.
    init?(_ request: OpenRequest) {
        self.request = request
        switch request {
        case .connect(.tcp(let target), let isDynamic):
            self.target = target
            self.isDynamic = isDynamic
            isUDP = false
        case .connect(.udp(let target), let isDynamic):
            self.target = target
            self.isDynamic = isDynamic
            isUDP = true
        case .accepted(let connection):
            // Named by a client of a proxy that the peer runs for us.
            guard let target = connection.target, let hostPort = target.hostPort else {
                return nil
            }
            self.target = hostPort
            isDynamic = true
            if case .udp = target { isUDP = true } else { isUDP = false }
        case .connect(.socket, _), .listen, .pipe, .relay, .relayed, .measure: return nil
        }
    }

    var refusal: OpenReply {
        // Only where the peer wrote an address is a closed range given as the reason.
        let closed = IPAddress(target.host).flatMap(ClosedRanges.range)
        let hint =
            isDynamic && closed != nil ? "; a proxy's client needs one for this very range" : ""
        return OpenReply(.notPermitted, detail: "no rule for \(target)\(hint)")
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
