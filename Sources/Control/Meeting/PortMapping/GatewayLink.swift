import SRMUDP

/// The UDP socket towards one gateway, and the mapper that speaks through it, or by UPnP.
final class GatewayLink: EventHandler {
    /// Messages that one turn takes; a gateway that sends more waits.
    private static let messagesPerTurn = 16

    let gateway: Gateway
    private(set) var mapper: PortMapper
    private let socket: UDPSocket
    private let loop: EventLoop
    private let logger: Logger
    private var upnp: UPnPControl?
    private var incoming = ReceiveBatch(slotCount: 1)

    /// - Throws: `SystemError` if the client's address cannot be bound to any more.
    init(
        gateway: Gateway, internalPort: UInt16, preferring preferred: PortMapping.Dialect,
        loop: EventLoop, random: any RandomSource, logger: Logger
    ) throws(SystemError) {
        self.gateway = gateway
        self.loop = loop
        self.logger = logger
        mapper = PortMapper(
            gateway: gateway.address, client: gateway.client, internalPort: internalPort,
            preferring: preferred, random: random)
        var configuration = UDPSocket.Configuration()
        configuration.offloads = []
        configuration.bufferSize = 1 << 16
        // Bound to that address: a gateway compares it with the one in the request.
        socket = try UDPSocket(
            bindingTo: SocketAddress(gateway.client, port: 0), configuration: configuration)
        try loop.register(socket.fileDescriptor, for: .readable, handler: self)
    }

    func close() { loop.unregister(socket.fileDescriptor) }

    func ready(_ readiness: Readiness, now: Instant) {
        for _ in 0..<Self.messagesPerTurn {
            // What a network reports about an earlier datagram is no answer; silence is noticed.
            guard let count = try? socket.receive(into: &incoming), count > 0 else { return }
            let message = incoming[0]
            mapper.handleDatagram(
                incoming.storage.array(message.range), from: message.source, now: now)
        }
    }

    func start(now: Instant) { mapper.start(now: now) }

    func release(now: Instant) { mapper.release(now: now) }

    /// Serves what is due and sends what there is.
    ///
    /// - Returns: What happened since the last time.
    func endTurn(now: Instant) -> [PortMapperEvent] {
        mapper.handleTimeout(now: now)
        while let datagram = mapper.pollTransmit() {
            // One that cannot be sent is asked again, as one that is lost.
            _ = socket.send(
                ByteStorage(datagram), 0..<datagram.count, segmentSize: datagram.count,
                to: SocketAddress(gateway.address, port: PortMapper.gatewayPort))
        }
        while let request = mapper.pollRequest() { perform(request) }
        var events: [PortMapperEvent] = []
        while let event = mapper.pollEvent() { events.append(event) }
        return events
    }

    private func perform(_ request: UPnPRequest) {
        if upnp == nil {
            upnp = UPnPControl(
                gateway: gateway, internalPort: mapper.internalPort, loop: loop, logger: logger
            ) { [weak self] answer in
                guard let self else { return }
                mapper.handleAnswer(answer, now: loop.now)
                loop.requestTurn()
            }
        }
        upnp?.perform(request)
    }
}
