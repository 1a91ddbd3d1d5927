import SRMUDP

/// The process of a rendezvous server: identity, sockets and loop around `RendezvousServer`, the
/// relay and the answers to probes.
///
/// This is where they are put together; what a thing does is written at its type.
package final class RendezvousService {
    package struct Options {
        package static let usualPort: UInt16 = 7_070

        package var listen = SocketAddress(.anyIPv6, port: usualPort)
        package var relays = true
        /// Bytes a second for each channel; nil: as much as there is.
        package var relayRate: Int64?
        /// Nil: everybody is admitted.
        package var password: SecretBytes?
        package var limits = RendezvousLimits()

        package init() {}
    }

    /// How long a client that is dropped may take to read why.
    private static let farewellTime: Interval = .seconds(1)
    /// A client that is not heard for so long is gone.
    private static let hold: Interval = .seconds(60)

    package let core: RendezvousServer
    /// Where the WebSocket of a link comes from. To be set by whoever takes WebSockets in.
    package var networkOfLink: (LinkAddress) -> IPAddress? = { _ in nil }
    package let driver: EndpointDriver
    private let loop: EventLoop
    private let logger: Logger
    private let endpoint: Endpoint
    private let forwarder: RelayForwarder
    private let probes: ProbeServer
    private var clients: [ObjectIdentifier: ServerClient] = [:]
    private var names: [RendezvousServer.ClientID: ServerClient] = [:]
    private var timer: (id: TimerID, due: Instant)?
    private let events: Events

    /// What the driver hands its events to before there is a service.
    private final class Events {
        weak var service: RendezvousService?
    }

    /// - Throws: what keeps the server from starting, ready for the user.
    package init(
        options: Options, context: CommandContext, loop: EventLoop, clock: @escaping () -> UnixTime,
        logger: Logger
    ) throws(CommandError) {
        self.loop = loop
        self.logger = logger
        let identity = try context.identity()
        let book: NameplateBook
        do throws(FileError) {
            book = try NameplateBook(
                file: context.home.nameplates, random: context.random, clock: clock,
                logger: logger)
        } catch {
            throw CommandError("nameplates", error)
        }
        let sockets = try ServerSockets(listening: options.listen, logger: logger)
        forwarder = RelayForwarder(
            table: RelayTable(limits: RelayTable.Limits(options), random: context.random))
        core = RendezvousServer(
            settings: RendezvousServer.Settings(
                options, otherPort: sockets.other?.localAddress.port),
            relay: options.relays ? ForwarderChannels(forwarder: forwarder) : nil,
            takeNameplate: { book.take() }, random: context.random, logger: logger)
        let secret =
            options.password.map {
                RendezvousSecret.derive(password: $0, server: identity.keyPair.publicKey)
            } ?? RendezvousSecret.open
        let core = core
        endpoint = Endpoint(
            configuration: .rendezvous(hold: Self.hold), identity: identity.keyPair,
            random: context.random, logger: logger, now: loop.now
        ) { _, _ in core.hasRoom ? secret : nil }
        let events = Events()
        self.events = events
        do throws(SystemError) {
            driver = try EndpointDriver(endpoint: endpoint, socket: sockets.main, loop: loop) {
                events.service?.handle($0)
            }
            probes = try ProbeServer(driver: driver, otherSocket: sockets.other, loop: loop)
        } catch {
            throw CommandError("network", "\(error)", .localError)
        }
        events.service = self
        if options.relays { driver.setHandler(forwarder, for: DatagramKind.relayed) }
        core.additionalCounters = { [unowned self] in additionalCounters }
    }

    package var address: SocketAddress { driver.localAddress }
    package var otherPort: UInt16? { probes.otherPort }
    package var publicKey: PublicKey { endpoint.publicKey }
    /// What clients may write behind the `#` of the server's address.
    package var id: NodeID { NodeID(publicKey) }
    package var clientCount: Int { names.count }
    /// Lines `name value`.
    package var report: String { core.report }

    /// Tells all clients good-bye and ends; the last datagrams leave with this turn of the loop.
    package func stop() {
        if let timer { loop.cancel(timer.id) }
        timer = nil
        for client in clients.values {
            client.connection.close(code: .goingAway, reason: "the server ends", now: loop.now)
        }
        clients = [:]
        names = [:]
        probes.stop()
        driver.setHandler(nil, for: DatagramKind.relayed)
    }

    // MARK: Events

    private func handle(_ event: EndpointEvent) {
        switch event {
        case .accepted(let connection, _):
            clients[ObjectIdentifier(connection)] = ServerClient(connection: connection)
        case .connection(let connection, let event):
            guard let client = clients[ObjectIdentifier(connection)] else { return }
            handle(event, of: client)
        case .stream(let connection, let event):
            guard let client = clients[ObjectIdentifier(connection)] else { return }
            handle(event, of: client)
        }
        carryOut()
    }

    private func handle(_ event: ConnectionEvent, of client: ServerClient) {
        switch event {
        case .established:
            guard client.id == nil else { return }
            let id = core.connected(client.key, at: place(of: client), now: loop.now)
            client.id = id
            names[id] = client
        case .pathChanged:
            guard let id = client.id else { return }
            core.moved(id, to: place(of: client), now: loop.now)
        case .silent, .heard, .candidates, .datagram: break
        case .closed(let error):
            logger.debug("client \(client.key) is gone: \(error)")
            clients[ObjectIdentifier(client.connection)] = nil
            forget(client)
        }
    }

    private func handle(_ event: StreamEvent, of client: ServerClient) {
        do throws(MessageChannel.Failure) {
            for message in try client.handle(event, now: loop.now) {
                guard let id = client.id else { return }
                core.receive(message, from: id, now: loop.now)
                // What is done in answer may have dropped it.
                carryOut()
            }
        } catch {
            switch error {
            case .invalidLength:
                if let id = client.id { core.receivedNonsense(from: id, now: loop.now) }
            case .ended, .overflow: close(client, code: .none, reason: "the stream ended")
            }
        }
    }

    private func place(of client: ServerClient) -> ClientPlace {
        let connection = client.connection
        let address =
            connection.currentPath?.remote ?? connection.target.addresses.first
            ?? SocketAddress(.anyIPv6, port: 0)
        guard let link = LinkAddress(address) else { return ClientPlace(udp: address) }
        return ClientPlace(link: link, remote: networkOfLink(link) ?? .anyIPv6)
    }

    // MARK: What the core wants

    private func carryOut() {
        while let output = core.pollOutput() {
            switch output {
            case .send(let id, let message):
                guard let client = names[id] else { continue }
                do throws(MessageChannel.Failure) {
                    try client.send(message)
                } catch {
                    logger.debug("client \(client.key) does not read")
                    close(client, code: .abuse, reason: "too much waits to be read")
                }
            case .drop(let id, let reason):
                guard let client = names.removeValue(forKey: id) else { continue }
                client.id = nil
                dismiss(client, reason)
            }
        }
        schedule()
    }

    /// Lets the client read the last messages before its connection ends.
    private func dismiss(_ client: ServerClient, _ reason: RendezvousServer.DropReason) {
        client.finish()
        loop.schedule(after: Self.farewellTime) { [weak self, weak client] in
            guard let self, let client else { return }
            client.connection.close(
                code: reason == .quota ? .refused : .abuse, reason: reason.text, now: loop.now)
        }
    }

    private func close(_ client: ServerClient, code: CloseCode, reason: String) {
        forget(client)
        client.connection.close(code: code, reason: reason, now: loop.now)
    }

    private func forget(_ client: ServerClient) {
        guard let id = client.id else { return }
        client.id = nil
        names[id] = nil
        core.disconnected(id, now: loop.now)
    }

    // MARK: Deadlines

    private func schedule() {
        let deadlines = [core.nextTimeout, forwarder.table.nextTimeout].compactMap(\.self)
        guard let due = deadlines.min() else { return }
        if let timer {
            guard due < timer.due else { return }
            loop.cancel(timer.id)
        }
        let id = loop.schedule(at: due) { [weak self] in self?.deadlinePassed() }
        timer = (id, due)
    }

    private func deadlinePassed() {
        timer = nil
        core.handleTimeout(now: loop.now)
        for side in forwarder.table.expire(now: loop.now) { core.channelIdle(side) }
        carryOut()
    }

    private var additionalCounters: [(name: String, value: UInt64)] {
        let relay = forwarder.table.statistics
        return [
            ("relayed_datagrams", relay.forwarded.datagrams),
            ("relayed_bytes", relay.forwarded.bytes),
            ("probes_answered", probes.statistics.probesAnswered),
            ("keys_told", probes.statistics.keysTold),
            ("probes_limited", probes.statistics.limited),
        ]
    }
}

extension RendezvousServer.DropReason {
    /// For the other side, as the reason of a CLOSE.
    var text: String {
        switch self {
        case .silent: "no HELLO came"
        case .malformed: "a message made no sense"
        case .flood: "too many messages"
        case .quota: "the limits are reached"
        case .unsupportedVersion: "unknown version"
        }
    }
}

extension RendezvousServer.Settings {
    fileprivate init(_ options: RendezvousService.Options, otherPort: UInt16?) {
        self.init()
        limits = options.limits
        self.otherPort = otherPort
        // Less than a KiB is not nothing.
        relayRate = options.relayRate.map { UInt32(clamping: max(1, $0 / 1_024)) } ?? 0
    }
}

extension RelayTable.Limits {
    fileprivate init(_ options: RendezvousService.Options) {
        self.init()
        sides = 2 * options.limits.channels
        sidesPerSource = options.limits.channelSidesPerSource
        rate = options.relayRate
    }
}

extension ConnectionConfiguration {
    /// Connections of which there are thousands, and each of which carries a few messages.
    fileprivate static func rendezvous(hold: Interval) -> ConnectionConfiguration {
        var configuration = ConnectionConfiguration()
        configuration.hold = hold
        configuration.maximumDatagramSize = 1_400
        // From these a client learns how large its datagrams may be; nothing is probed by us.
        configuration.largestReceivedDatagram = MTUDiscovery.largestSize
        configuration.streams.initialBacklog = 64 * 1024
        configuration.streams.maximumBacklog = 64 * 1024
        configuration.streams.maximumStreamWindow = configuration.streams.initialStreamWindow
        configuration.streams.maximumConnectionWindow =
            configuration.streams.initialConnectionWindow
        configuration.label = "rendezvous"
        return configuration
    }
}
