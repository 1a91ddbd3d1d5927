import Forwarding
import SRMUDP

/// All key links of a process, over one UDP socket of their own.
///
/// Both ends of a link dial each other (Noise NNpsk0, docs/PROTOCOL.md section 3.1), so that two
/// that are behind NATs and name each other punch through. Per key there is one link, and per link
/// one connection at a time.
package final class KeyLinkHub {
    package struct Options {
        /// Port 0 lets the system choose. `[::]` takes IPv4 as well.
        package var listen = SocketAddress(.anyIPv6, port: KeyLinkHub.defaultPort)
        package var maximumLinks = 4_096

        package init() {}
    }

    package static let defaultPort: UInt16 = 17_171
    /// How many addresses of a name are dialled.
    private static let addressLimit = 16

    let resolver: Resolver
    private let options: Options
    private let loop: EventLoop
    private let logger: Logger
    private let endpoint: Endpoint
    private let keyring: KeyLinkKeyring
    private var budget = DialBudget()
    private var links: [KeyLinkKeyring.Name: KeyLink] = [:]
    /// Those whose key is there, by what names it towards the endpoint.
    private var ready: [PublicKey: KeyLink] = [:]
    private var driver: EndpointDriver?
    private var isClosed = false

    /// - Throws: what keeps it from listening, ready for the user.
    package init(
        options: Options = Options(), loop: EventLoop, resolver: Resolver,
        random: any RandomSource, logger: Logger
    ) throws(CommandError) {
        self.options = options
        self.loop = loop
        self.resolver = resolver
        self.logger = logger
        keyring = KeyLinkKeyring(loop: loop, random: random)
        // Nobody is known by a static key. Ours is made for this run; stateless resets need one.
        endpoint = Endpoint(
            configuration: Self.configuration, identity: .generate(from: random), random: random,
            logger: logger, now: loop.now, authorize: { _, _ in nil })
        let socket = try Self.open(options.listen)
        do throws(SystemError) {
            driver = try EndpointDriver(endpoint: endpoint, socket: socket, loop: loop) {
                [weak self] event in
                self?.handle(event)
            }
        } catch {
            throw CommandError("network", "\(error)", .localError)
        }
    }

    /// Whoever was told an address by somebody must not be able to have us flood it, so the first
    /// repetitions are slower than between peers; and the other end's absence should show soon.
    private static var configuration: ConnectionConfiguration {
        var configuration = ConnectionConfiguration()
        configuration.handshakeWaits = [
            .milliseconds(650), .seconds(1), .seconds(2), .seconds(4), .seconds(6),
        ]
        configuration.keepAlive = .seconds(5)
        configuration.streams.maximumPeerStreams = 1
        configuration.streams.maximumConnectionWindow = 16 << 20
        return configuration
    }

    private static func open(_ address: SocketAddress) throws(CommandError) -> UDPSocket {
        do throws(SystemError) {
            return try UDPSocket(bindingTo: address)
        } catch {
            // A machine without IPv6 has no `[::]`.
            let isMissing = address.ip == .anyIPv6 && error.code != ErrorNumber.addressInUse
            if isMissing,
                let socket = try? UDPSocket(bindingTo: SocketAddress(.anyIPv4, port: address.port))
            {
                return socket
            }
            throw CommandError(
                "UDP \(address)", "\(error)", hint: "is another program using this port?",
                .localError)
        }
    }

    package var address: SocketAddress { driver?.localAddress ?? options.listen }
    package var linkCount: Int { links.count }

    // MARK: Links

    /// Opens a link. Set its closures before the turn of the loop ends.
    ///
    /// A link that is there with the same key and the same remote end gives way and is told so.
    package func open(_ request: KeyLinkRequest) throws(KeyLinkError) -> KeyLink {
        guard !isClosed else { throw .closed }
        let name = keyring.name(of: request.key)
        let former = links[name]
        if let former, former.request.remote != request.remote { throw .keyInUse }
        guard former != nil || links.count < options.maximumLinks else {
            throw .tooManyLinks(limit: options.maximumLinks)
        }
        guard former != nil || !keyring.isBusy else { throw .busy }
        let link = KeyLink(request, keyName: name, hub: self, loop: loop, logger: logger)
        keyring.use(request.key, name) { [weak self, weak link] in
            guard let self, let link else { return }
            switch $0 {
            case .success(let key): prepared(link, key)
            case .failure(let error): link.fail(.system("\(error)"))
            }
        }
        former?.fail(.takenOver)
        links[name] = link
        return link
    }

    private func prepared(_ link: KeyLink, _ key: SecretBytes) {
        guard links[link.keyName] === link else { return }
        let name = PeerTarget.name(of: key)
        guard ready[name] == nil else { return link.fail(.keyInUse) }
        ready[name] = link
        endpoint.add(sharedKey: key)
        link.prepared(key)
    }

    /// The link is over.
    func forget(_ link: KeyLink) {
        if links[link.keyName] === link { links[link.keyName] = nil }
        keyring.release(link.keyName)
        guard let key = link.key else { return }
        ready[PeerTarget.name(of: key)] = nil
        endpoint.remove(sharedKey: key)
    }

    /// Ends all links; the other ends are told in this turn. The socket stays for as long as the
    /// hub.
    package func close() {
        isClosed = true
        for link in links.values { link.fail(.closed) }
    }

    deinit { driver?.stop() }

    // MARK: Dialling

    func mayDial(_ address: IPAddress) -> Bool { budget.begin(address, now: loop.now) }

    func dialEnded(_ address: IPAddress, isAnswered: Bool) {
        budget.end(address, isAnswered: isAnswered)
    }

    func dial(key: SecretBytes, _ addresses: [SocketAddress]) -> Connection {
        endpoint.dial(to: target(key, addresses), now: loop.now)
    }

    /// Has a connection that is there try further addresses.
    func extend(_ connection: Connection, key: SecretBytes, _ addresses: [SocketAddress]) {
        _ = endpoint.connect(to: target(key, addresses), now: loop.now)
    }

    private func target(_ key: SecretBytes, _ addresses: [SocketAddress]) -> PeerTarget {
        PeerTarget(sharedKey: key, addresses: Array(addresses.prefix(Self.addressLimit)))
    }

    // MARK: Events

    private func handle(_ event: EndpointEvent) {
        switch event {
        case .accepted(let connection, _):
            guard let link = ready[connection.target.publicKey] else {
                return connection.close(code: .refused, reason: "no such link", now: loop.now)
            }
            link.accepted(connection)
        case .connection(let connection, let event):
            ready[connection.target.publicKey]?.handle(event, of: connection)
        case .stream(let connection, let event):
            ready[connection.target.publicKey]?.handle(event, of: connection)
        }
    }
}
