import SRMUDP

/// The server's side of `WebSocketLink`: listens, opens a WebSocket for each client that asks for
/// `/v0/relay`, and gives each an address of its own.
///
/// The number of clients is bounded, in all and per source (an IPv4 address or an IPv6 /64); beyond
/// that, connections are closed at once. A handshake has a deadline, and a silent client an end.
package final class WebSocketDatagramServer {
    package enum Event {
        /// Datagrams to `address` go to `link` from now on.
        case opened(LinkAddress, link: WebSocketChannel)
        case closed(LinkAddress, WebSocketLinkError)
    }

    package struct Configuration: Sendable {
        package var path = WebSocketTarget.relayPath
        package var clientLimit = 1024
        package var clientLimitPerSource = 64
        package var handshakeLimit = Interval.seconds(10)
        package var timing = WebSocketChannel.Timing()

        package init() {}
    }

    /// Connections that were closed at once because there were too many.
    package private(set) var refusedCount: UInt64 = 0

    private let configuration: Configuration
    private let security: TLSContext?
    private let loop: EventLoop
    private let random: any RandomSource
    private let logger: Logger
    private let receive: (inout ByteStorage, Range<Int>, LinkAddress, Instant) -> Void
    private let handleEvent: (Event) -> Void
    private let transfer = TransferBuffer()
    private var listener: TCPListener?
    private var clients: [UInt32: Client] = [:]
    private var census: ClientCensus
    private var nextNumber: UInt32 = 1

    private enum Client {
        case admission(WebSocketAdmission, source: SourceNetwork)
        case channel(WebSocketChannel, source: SourceNetwork)
        /// Its last bytes are on their way.
        case leaving(source: SourceNetwork)

        var source: SourceNetwork {
            switch self {
            case .admission(_, let source), .channel(_, let source), .leaving(let source): source
            }
        }
    }

    /// Listens at `address` until `close`.
    ///
    /// - Parameters:
    ///   - security: a server's context, or nil for connections in the clear.
    ///   - receive: called with each datagram, which it may change in its place, and the address of
    ///     the client it came from.
    ///   - handleEvent: each `opened` is followed by one `closed`.
    package init(
        loop: EventLoop, address: SocketAddress, security: TLSContext?,
        random: any RandomSource, configuration: Configuration = Configuration(),
        logger: Logger = .silent,
        receive: @escaping (inout ByteStorage, Range<Int>, LinkAddress, Instant) -> Void,
        handleEvent: @escaping (Event) -> Void
    ) throws(SystemError) {
        self.loop = loop
        self.security = security
        self.random = random
        self.configuration = configuration
        census = ClientCensus(
            limit: configuration.clientLimit,
            limitPerSource: configuration.clientLimitPerSource)
        self.logger = logger
        self.receive = receive
        self.handleEvent = handleEvent
        listener = try TCPListener(loop: loop, address: address, logger: logger) {
            [weak self] socket in self?.accept(socket)
        }
    }

    deinit { close() }

    /// The address listened at, with the port that the system chose if it was asked to.
    package var address: SocketAddress { listener?.address ?? SocketAddress(.anyIPv6, port: 0) }

    /// Clients in whatever state.
    package var clientCount: Int { clients.count }

    /// Stops listening and ends all clients.
    package func close() {
        listener?.close()
        listener = nil
        for client in clients.values {
            switch client {
            case .admission(let admission, _): admission.cancel()
            case .channel(let channel, _): channel.close(.goingAway, reason: "the server ends")
            case .leaving: break
            }
        }
    }

    // MARK: Clients

    private func accept(_ socket: TCPSocket) {
        let source = SourceNetwork(socket.peerAddress.ip)
        guard census.enter(source) else {
            refusedCount += 1
            return socket.abort()
        }
        let number = takeNumber()
        let stream = WebStream(socket, transfer: transfer)
        let limits = WebSocketLimits(messageLength: WebSocketChannel.datagramLimit)
        let connection = WebSocketConnection(.server, random: random, limits: limits)
        if let security {
            let session = TLSSession(serverOf: security)
            stream.secure(with: session, arrived: &connection.incoming)
        }
        let admission = WebSocketAdmission(
            stream, connection, path: configuration.path, loop: loop,
            completion: { [weak self] result in
                self?.admissionEnded(number, stream, source, result)
            },
            released: { [weak self] in self?.release(number) })
        clients[number] = .admission(admission, source: source)
        admission.start(timeLimit: configuration.handshakeLimit)
    }

    private func admissionEnded(
        _ number: UInt32, _ stream: WebStream, _ source: SourceNetwork,
        _ result: Result<WebSocketConnection, WebSocketLinkError>
    ) {
        switch result {
        case .failure(let error):
            logger.debug("no WebSocket for \(stream.socket.peerAddress): \(error)")
            clients[number] = .leaving(source: source)
        case .success(let connection): open(number, stream, connection, source)
        }
    }

    private func open(
        _ number: UInt32, _ stream: WebStream, _ connection: WebSocketConnection,
        _ source: SourceNetwork
    ) {
        let address = LinkAddress(.webSocket, number: number)
        let channel = WebSocketChannel(
            stream, connection, loop: loop, timing: configuration.timing,
            receive: { [weak self] storage, range, now in
                self?.receive(&storage, range, address, now)
            },
            ended: { [weak self] error in
                self?.clients[number] = .leaving(source: source)
                self?.handleEvent(.closed(address, error))
            },
            released: { [weak self] in self?.release(number) })
        clients[number] = .channel(channel, source: source)
        handleEvent(.opened(address, link: channel))
        channel.start()
    }

    private func release(_ number: UInt32) {
        guard let client = clients.removeValue(forKey: number) else { return }
        census.leave(client.source)
    }

    /// A number that no client has; 0 is none.
    private func takeNumber() -> UInt32 {
        while nextNumber == 0 || clients[nextNumber] != nil { nextNumber &+= 1 }
        defer { nextNumber &+= 1 }
        return nextNumber
    }
}
