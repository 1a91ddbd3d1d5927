import Control
import Forwarding
import SRMUDP

/// A key link.
final class LinkEnd: LoadEnd {
    private static let queueLimit = 2 << 20

    var ready: () -> Void = {}
    var received: ([UInt8]) -> Void = { _ in }
    var drained: () -> Void = {}
    private let hub: KeyLinkHub
    private let link: KeyLink

    init(loop: EventLoop, port: UInt16, isServer: Bool) throws {
        var options = KeyLinkHub.Options()
        options.listen = SocketAddress(.loopbackIPv4, port: isServer ? port : 0)
        hub = try KeyLinkHub(
            options: options, loop: loop, resolver: Resolver(loop: loop),
            random: SystemRandomSource(), logger: .silent)
        guard let key = KeyLinkKey(raw: LinkLoad.key) else { throw Usage() }
        let remote = isServer ? nil : HostPort(host: "127.0.0.1", port: port)
        link = try hub.open(KeyLinkRequest(remote: remote, key: key))
        link.stateChanged = { [unowned self] state in if state == .established { ready() } }
        link.received = { [unowned self] in received($0.bytes) }
        link.drained = { [unowned self] in drained() }
    }

    func send(_ bytes: [UInt8]) -> Int {
        guard link.queuedCount < Self.queueLimit,
            (try? link.send(KeyLinkMessage(.binary, bytes))) != nil
        else { return 0 }
        return bytes.count
    }
}

/// A stream of a connection with a shared key, and nothing around it.
final class RawEnd: LoadEnd {
    var ready: () -> Void = {}
    var received: ([UInt8]) -> Void = { _ in }
    var drained: () -> Void = {}
    private let loop: EventLoop
    private let endpoint: Endpoint
    private var driver: EndpointDriver?
    private var connection: Connection?
    private var stream: StreamID?

    init(loop: EventLoop, port: UInt16, isServer: Bool) throws {
        self.loop = loop
        let random = SystemRandomSource()
        endpoint = Endpoint(
            configuration: ConnectionConfiguration(), identity: .generate(from: random),
            sharedKeys: [LinkLoad.key], random: random, logger: .silent, now: loop.now,
            authorize: { _, _ in nil })
        let address = SocketAddress(.loopbackIPv4, port: isServer ? port : 0)
        driver = try EndpointDriver(
            endpoint: endpoint, socket: try UDPSocket(bindingTo: address), loop: loop
        ) { [unowned self] in handle($0, isServer) }
        guard !isServer else { return }
        connection = endpoint.dial(
            to: PeerTarget(
                sharedKey: LinkLoad.key, addresses: [SocketAddress(.loopbackIPv4, port: port)]),
            now: loop.now)
    }

    private func handle(_ event: EndpointEvent, _ isServer: Bool) {
        switch event {
        case .accepted(let connection, _): self.connection = connection
        case .connection(let connection, .established) where !isServer:
            stream = connection.openStream()
            ready()
        case .stream(_, .opened(let id)): stream = id
        case .stream(_, .readable): read()
        case .stream(_, .writable): drained()
        case .connection, .stream: break
        }
    }

    private func read() {
        guard let connection, let stream else { return }
        while true {
            let bytes = connection.withStreams { streams -> [UInt8] in
                let bytes: [UInt8] = streams.withReadableBytes(stream) { span in
                    span.withUnsafeBytes { [UInt8]($0) }
                }
                streams.consume(stream, bytes.count, now: loop.now)
                return bytes
            }
            guard !bytes.isEmpty else { return }
            received(bytes)
        }
    }

    func send(_ bytes: [UInt8]) -> Int {
        guard let connection, let stream else { return 0 }
        return connection.withStreams { $0.write(stream, bytes.span.bytes) }
    }
}
