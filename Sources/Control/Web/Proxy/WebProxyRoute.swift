import Forwarding
import SRMUDP

/// `/v0/ws/proxy`: a WebSocket that becomes a key link, or a flow to a peer's target (docs/WEB.md).
///
/// Everything that can be refused is refused before the WebSocket is open. A use of the token is
/// counted last, so that a mistake costs none.
final class WebProxyRoute: WebRoute {
    /// Bytes of one message of a client.
    private static let limits = WebSocketLimits(messageLength: WebProxyMessage.frameLimit)

    private unowned let host: NodeHost
    private let gate: WebTokenGate
    private let linkPort: UInt16
    private let logger: Logger
    /// Opened with the first link.
    private var hub: KeyLinkHub?

    private var loop: EventLoop { host.runner.loop }
    private var resolver: Resolver { host.node.resolver }

    init(host: NodeHost, gate: WebTokenGate, options: WebOptions) {
        self.host = host
        self.gate = gate
        linkPort = options.linkPort
        logger = host.nodeLogger
    }

    func handle(_ exchange: HTTPExchange, _ visitor: WebVisitor) {
        do throws(WebSocketRefusal) {
            let visit = Visit(exchange: exchange, webSocket: try WebSocketRequest(exchange.head))
            do throws(WebProxyRefusal) {
                try admit(visit)
            } catch {
                visit.refuse(error)
            }
        } catch {
            exchange.answer(.refusal(of: error))
        }
    }

    /// Ends all links.
    func close() { hub?.close() }

    // MARK: Admission

    private func admit(_ visit: Visit) throws(WebProxyRefusal) {
        let query = try WebProxyQuery(visit.exchange.head.query)
        let token = try token(of: visit, isUsed: false)
        let request = try WebProxyRequest(query, protocols: visit.webSocket.protocols)
        switch request.form {
        case .link(let place, let key):
            try admitLink(visit, request, to: place, key, token.permissions)
        case .flow(let name, let target):
            guard let hostPort = target.hostPort,
                token.permissions.permitsFlow(to: hostPort, of: name)
            else { throw .forbidden("the token does not permit this target of this peer") }
            try openFlow(visit, request, to: target, hostPort, of: name)
        }
    }

    private func admitLink(
        _ visit: Visit, _ request: WebProxyRequest, to place: WebProxyPlace, _ key: WebProxyKey?,
        _ permissions: WebPermissions
    ) throws(WebProxyRefusal) {
        guard !place.hasReservedPort || permissions.namesLinkPort(place.port) else {
            throw .forbidden("port \(place.port) is for a token that names it")
        }
        guard permissions.couldPermitLink(to: place.host, port: place.port) else {
            throw .notPermitted
        }
        guard permissions.links != nil, place.address == nil else {
            return try openLink(visit, request, to: place, at: place.host, key)
        }
        // What was checked is what is reached: the name is not looked up again.
        resolver.resolve(place.host) { [weak self] result in
            guard let self, !visit.exchange.isOver else { return }
            do throws(WebProxyRefusal) {
                let address = try permitted(result, place, permissions)
                try openLink(visit, request, to: place, at: "\(address)", key)
            } catch {
                visit.refuse(error)
            }
        }
    }

    /// The first of the addresses, all of which must be permitted.
    private func permitted(
        _ result: Resolver.Result, _ place: WebProxyPlace, _ permissions: WebPermissions
    ) throws(WebProxyRefusal) -> IPAddress {
        guard case .addresses(let addresses) = result, let first = addresses.first else {
            throw WebProxyRefusal(
                status: 502, code: "unknown_host", message: "'remote_host' leads nowhere")
        }
        guard
            addresses.allSatisfy({ address in
                permissions.permitsLink(to: place.host, address, port: place.port)
            })
        else { throw .notPermitted }
        return first
    }

    /// - Parameter isUsed: whether a use is counted.
    private func token(of visit: Visit, isUsed: Bool) throws(WebProxyRefusal) -> WebToken {
        let (head, source) = (visit.exchange.head, visit.exchange.peer.ip)
        do throws(WebTokenRefusal) {
            return isUsed
                ? try gate.redeem(head, from: source, now: loop.now)
                : try gate.check(head, from: source, now: loop.now)
        } catch {
            throw WebProxyRefusal(
                status: error.status, code: error.code, message: error.description,
                fields: error.fields)
        }
    }

    // MARK: Opening

    /// - Parameter host: that of `place`, or the address that it was resolved to.
    private func openLink(
        _ visit: Visit, _ request: WebProxyRequest, to place: WebProxyPlace, at host: String,
        _ key: WebProxyKey?
    ) throws(WebProxyRefusal) {
        guard let remote = HostPort(host: host, port: place.port) else { throw .notPermitted }
        let token = try token(of: visit, isUsed: true)
        let conversation = WebProxyConversation(
            connectionID: connectionID(request, place), framing: request.framing)
        let messenger = visit.open(Self.limits)
        logger.info("web: token \(token.id) opens a link to \(remote)")
        let link = WebProxyLink(messenger, to: remote, conversation: conversation, loop: loop) {
            [weak self] (request) throws(CommandError) in
            guard let self else { throw CommandError("link", "the node is ending", .failure) }
            return try open(request)
        }
        link.begin(key: key)
    }

    private func open(_ request: KeyLinkRequest) throws(CommandError) -> KeyLink {
        let hub: KeyLinkHub
        if let opened = self.hub { hub = opened } else { hub = try makeHub() }
        self.hub = hub
        do throws(KeyLinkError) {
            return try hub.open(request)
        } catch {
            throw CommandError("link", error.description, .failure)
        }
    }

    private func makeHub() throws(CommandError) -> KeyLinkHub {
        var options = KeyLinkHub.Options()
        options.listen = SocketAddress(.anyIPv6, port: linkPort)
        do throws(CommandError) {
            let hub = try KeyLinkHub(
                options: options, loop: loop, resolver: resolver, random: host.context.random,
                logger: logger)
            logger.info("web: links use UDP \(hub.address)")
            return hub
        } catch {
            logger.error("web: links: \(error.what): \(error.why)")
            throw error
        }
    }

    private func openFlow(
        _ visit: Visit, _ request: WebProxyRequest, to place: WebProxyPlace, _ target: HostPort,
        of name: String
    ) throws(WebProxyRefusal) {
        let peer: Peer
        do throws(CommandError) {
            peer = try host.peer(named: name)
        } catch {
            throw WebProxyRefusal(status: 404, code: "unknown_peer", message: error.why)
        }
        let token = try token(of: visit, isUsed: true)
        let flow = WebProxyFlow(
            visit.open(Self.limits), request: .connect(.tcp(target), isDynamic: false),
            connectionID: connectionID(request, place), name: "token \(token.id)", loop: loop,
            logger: logger)
        flow.begin(to: peer, host: host)
    }

    /// `{client_id or 32 hexadecimal digits}_{host}_{port}`
    private func connectionID(_ request: WebProxyRequest, _ place: WebProxyPlace) -> String {
        let name = request.clientID ?? hexadecimal(host.context.random.bytes(count: 16))
        return "\(name)_\(place.host)_\(place.port)"
    }
}

extension WebProxyRoute {
    /// A request that waits for its answer.
    fileprivate struct Visit {
        let exchange: HTTPExchange
        let webSocket: WebSocketRequest

        func refuse(_ refusal: WebProxyRefusal) {
            exchange.answer(
                .error(refusal.status, refusal.code, refusal.message, fields: refusal.fields))
        }

        func open(_ limits: WebSocketLimits) -> WebSocketMessenger {
            let subprotocol = WebProxyRequest.subprotocol
            return exchange.acceptWebSocket(
                webSocket,
                subprotocol: webSocket.protocols.contains(subprotocol) ? subprotocol : nil,
                limits: limits)
        }
    }
}

extension WebProxyRefusal {
    fileprivate static var notPermitted: WebProxyRefusal {
        .forbidden("the token does not permit this remote_host and remote_port")
    }
}

extension WebPermissions {
    /// Whether links to this port were thought of: a rule for every port does not say so.
    fileprivate func namesLinkPort(_ port: UInt16) -> Bool {
        links?.rules.contains { $0.ports != 0...UInt16.max && $0.ports.contains(port) } ?? false
    }
}

extension WebProxyPlace {
    fileprivate var hostPort: HostPort? { HostPort(host: host, port: port) }
}
