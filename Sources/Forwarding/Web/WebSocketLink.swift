import SRMUDP

/// Where a `WebSocketLink` leads, and how to get there.
package struct WebSocketTarget {
    /// The path at which a rendezvous server takes datagrams.
    package static let relayPath = "/v0/relay"

    /// A name, or an address without brackets.
    package var host: String
    package var port: UInt16
    package var path = WebSocketTarget.relayPath
    /// A client's context, or nil for a connection in the clear.
    package var security: TLSContext?
    package var proxy: ProxyAddress?

    package init(
        host: String, port: UInt16, security: TLSContext?, proxy: ProxyAddress? = nil
    ) {
        self.host = host
        self.port = port
        self.security = security
        self.proxy = proxy
    }

    /// Whether the host could be one: at most 255 bytes of visible ASCII that end no part of a URL.
    var hasPossibleHost: Bool {
        (1...255).contains(host.utf8.count)
            && host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"/?#@[]".utf8.contains($0) }
    }

    /// What is connected to first: the proxy or the server.
    var firstHost: String { proxy?.host ?? host }
    var firstPort: UInt16 { proxy?.port ?? port }
    var firstPlace: String { proxy?.description ?? HostPort.text(host, port) }

    /// The Host field, where the usual port is left out.
    var hostField: String {
        port == (security == nil ? 80 : 443)
            ? HostPort.bracketed(host) : HostPort.text(host, port)
    }
}

/// A client's way to a rendezvous server where UDP does not get through: SRMUDP datagrams as binary
/// messages of one WebSocket.
///
/// It opens once and ends once. To try again is up to the owner, who makes a new one.
package final class WebSocketLink {
    package enum Event: Equatable {
        /// Datagrams pass from now on.
        case open
        /// None pass any more; the last event.
        case closed(WebSocketLinkError)
    }

    /// What links share.
    package struct Tools {
        let loop: EventLoop
        let resolver: Resolver
        let dialer: Dialer
        let random: any RandomSource
        let transfer = TransferBuffer()

        package init(
            loop: EventLoop, resolver: Resolver, dialer: Dialer, random: any RandomSource
        ) {
            self.loop = loop
            self.resolver = resolver
            self.dialer = dialer
            self.random = random
        }
    }

    /// How long opening may take in all.
    package static let openingLimit = Interval.seconds(15)

    package let target: WebSocketTarget
    private let tools: Tools
    private let timing: WebSocketChannel.Timing
    private let receive: (inout ByteStorage, Range<Int>, Instant) -> Void
    private let handleEvent: (Event) -> Void
    private var dial: WebSocketDial?
    private var channel: WebSocketChannel?
    private var hasEnded = false

    /// Begins to open it.
    ///
    /// - Parameters:
    ///   - receive: called with each datagram that arrives, which it may change in its place.
    ///   - handleEvent: never called from within here.
    package init(
        to target: WebSocketTarget, tools: Tools,
        openingLimit: Interval = WebSocketLink.openingLimit,
        timing: WebSocketChannel.Timing = WebSocketChannel.Timing(),
        receive: @escaping (inout ByteStorage, Range<Int>, Instant) -> Void,
        handleEvent: @escaping (Event) -> Void
    ) {
        self.target = target
        self.tools = tools
        self.timing = timing
        self.receive = receive
        self.handleEvent = handleEvent
        let limits = WebSocketLimits(messageLength: WebSocketChannel.datagramLimit)
        let dial = WebSocketDial(target, tools: tools, limits: limits)
        self.dial = dial
        dial.start(timeLimit: openingLimit) { [weak self] result in self?.dialEnded(result) }
    }

    deinit { close() }

    package var isOpen: Bool { channel?.isOpen ?? false }

    /// Datagrams that were dropped because the connection was too slow.
    package var droppedCount: UInt64 { channel?.droppedCount ?? 0 }

    /// Ends it without a further event.
    package func close() {
        hasEnded = true
        dial?.cancel()
        dial = nil
        channel?.close()
        channel = nil
    }

    private func dialEnded(_ result: Result<WebSocketDial.Opened, WebSocketLinkError>) {
        dial = nil
        switch result {
        case .failure(let error): ended(error)
        case .success(let opened):
            let channel = WebSocketChannel(
                opened.stream, opened.connection, loop: tools.loop, timing: timing,
                receive: { [weak self] storage, range, now in
                    self?.receive(&storage, range, now)
                },
                ended: { [weak self] error in self?.ended(error) }, released: {})
            self.channel = channel
            handleEvent(.open)
            // Whoever heard of it may have closed it again.
            if !hasEnded { channel.start() }
        }
    }

    private func ended(_ error: WebSocketLinkError) {
        guard !hasEnded else { return }
        hasEnded = true
        channel = nil
        handleEvent(.closed(error))
    }
}

extension WebSocketLink: DatagramLink {
    package func send(
        _ storage: borrowing ByteStorage, _ range: Range<Int>, segmentSize: Int, now: Instant
    ) -> SendResult {
        if let channel {
            return channel.send(storage, range, segmentSize: segmentSize, now: now)
        }
        // While it opens, datagrams are lost, as on a network that is not there yet.
        return hasEnded ? .failed(ErrorNumber.brokenPipe) : .sent
    }
}
