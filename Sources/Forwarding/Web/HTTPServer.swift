import SRMUDP

/// An HTTP/1.1 server on the event loop: listens at one address, and has its handler answer the
/// requests of each client one after the other (RFC 9110, RFC 9112).
///
/// Everything that a client can make grow has a limit: the head (`HTTPHeadReader`), the body, the
/// time for both, the number of connections in all and per source (an IPv4 address or an IPv6 /64).
package final class HTTPServer {
    /// What a body may have where the handler says nothing else.
    package static let usualBodyLimit = 65_536

    package struct Configuration: Sendable {
        package var clientLimit = 4096
        package var clientLimitPerSource = 2048
        /// For a head, and for each 64 KiB of a body.
        package var requestLimit = Interval.seconds(10)
        /// Until the next request.
        package var idleLimit = Interval.seconds(60)
        /// For a client to take the next 64 KiB of an answer.
        package var writingLimit = Interval.seconds(30)
        package var webSocketTiming = WebSocketMessenger.Timing()
        /// What WebSockets get whose clients ask for it; nil for none.
        package var compression: CompressionSettings?

        package init() {}
    }

    /// What the connections share.
    struct Tools {
        let loop: EventLoop
        let random: any RandomSource
        let configuration: Configuration
        let compression: CompressionWorkspace?
    }

    private enum Client {
        case requests(HTTPConnection)
        case webSocket(WebSocketMessenger)
    }

    /// Connections that were closed at once because there were too many.
    package private(set) var refusedCount: UInt64 = 0

    private let tools: Tools
    private let security: TLSContext?
    private let logger: Logger
    private let transfer = TransferBuffer()
    private weak var handler: (any HTTPHandler)?
    private var listener: TCPListener?
    private var clients: [ObjectIdentifier: (client: Client, source: SourceNetwork)] = [:]
    private var census: ClientCensus
    private var lastWarning: Instant?

    /// Listens at `address` until `close`.
    ///
    /// - Parameters:
    ///   - security: a server's context, or nil for connections in the clear.
    ///   - handler: outlives the server, or closes it.
    package init(
        loop: EventLoop, address: SocketAddress, security: TLSContext?,
        random: any RandomSource, configuration: Configuration = Configuration(),
        logger: Logger = .silent, handler: any HTTPHandler
    ) throws(SystemError) {
        tools = Tools(
            loop: loop, random: random, configuration: configuration,
            compression: configuration.compression.map { CompressionWorkspace($0) })
        census = ClientCensus(
            limit: configuration.clientLimit,
            limitPerSource: configuration.clientLimitPerSource)
        self.security = security
        self.logger = logger
        self.handler = handler
        listener = try TCPListener(loop: loop, address: address, logger: logger) {
            [weak self] socket in self?.accept(socket)
        }
    }

    deinit { close() }

    /// The address listened at, with the port that the system chose if it was asked to.
    package var address: SocketAddress { listener?.address ?? SocketAddress(.anyIPv6, port: 0) }

    /// Clients in whatever state.
    package var clientCount: Int { clients.count }

    /// Clients with a WebSocket.
    package var webSocketCount: Int {
        clients.values.count { if case .webSocket = $0.client { true } else { false } }
    }

    /// Stops listening and ends all clients: those with a WebSocket hear `code` and the reason,
    /// others get the answer that is under way.
    package func close(
        _ code: WebSocketClose.Code = .goingAway, reason: String = "the server ends"
    ) {
        listener?.close()
        listener = nil
        closeWebSockets(code, reason: reason)
        for entry in clients.values {
            if case .requests(let connection) = entry.client { connection.close() }
        }
    }

    /// Ends the clients with a WebSocket alone; all else goes on.
    package func closeWebSockets(_ code: WebSocketClose.Code, reason: String) {
        for entry in clients.values {
            if case .webSocket(let messenger) = entry.client {
                messenger.close(code, reason: reason)
            }
        }
    }

    // MARK: Clients

    private func accept(_ socket: TCPSocket) {
        let source = SourceNetwork(socket.peerAddress.ip)
        guard census.enter(source) else { return refuse(socket) }
        let connection = HTTPConnection(
            WebStream(socket, transfer: transfer), tools: tools,
            handler: { [weak self] in self?.handler },
            opened: { [weak self] in self?.opened($1, instead: $0) },
            ended: { [weak self] in self?.remove(ObjectIdentifier($0)) })
        clients[ObjectIdentifier(connection)] = (.requests(connection), source)
        connection.start(securing: security.map { TLSSession(serverOf: $0) })
    }

    private func refuse(_ socket: TCPSocket) {
        refusedCount += 1
        if lastWarning.map({ tools.loop.now - $0 >= .seconds(10) }) ?? true {
            lastWarning = tools.loop.now
            logger.warning("web: too many connections; one of \(socket.peerAddress) was closed")
        }
        socket.abort()
    }

    private func opened(_ messenger: WebSocketMessenger, instead connection: HTTPConnection) {
        guard let entry = clients.removeValue(forKey: ObjectIdentifier(connection)) else { return }
        let id = ObjectIdentifier(messenger)
        clients[id] = (.webSocket(messenger), entry.source)
        messenger.released = { [weak self] in self?.remove(id) }
    }

    private func remove(_ id: ObjectIdentifier) {
        guard let entry = clients.removeValue(forKey: id) else { return }
        census.leave(entry.source)
    }
}
