import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

/// A server of WebSockets on loopback, and at most one link to it, on one event loop.
final class WebSocketWorld {
    struct Datagram {
        let bytes: [UInt8]
        let from: LinkAddress
    }

    let loop: EventLoop
    private(set) var server: WebSocketDatagramServer!
    private(set) var receivedByServer: [Datagram] = []
    private(set) var receivedByClient: [[UInt8]] = []
    private(set) var channels: [LinkAddress: WebSocketChannel] = [:]
    private(set) var closedAtServer: [WebSocketLinkError] = []
    private(set) var closedAtClient: WebSocketLinkError?
    private let isSecure: Bool
    private var link: WebSocketLink?

    init(
        isSecure: Bool = false, certificate: String = "server.pem",
        configuration: WebSocketDatagramServer.Configuration =
            WebSocketDatagramServer.Configuration()
    ) throws {
        loop = try EventLoop()
        self.isSecure = isSecure
        let security =
            isSecure
            ? try TLSContext.server(
                certificateFile: TestCertificates.path(certificate),
                keyFile: TestCertificates.path("server.key")) : nil
        server = try WebSocketDatagramServer(
            loop: loop, address: SocketAddress(.loopbackIPv4, port: 0), security: security,
            random: SeededRandomSource(seed: 1), configuration: configuration,
            receive: { [unowned self] storage, range, address, _ in
                receivedByServer.append(Datagram(bytes: storage.array(range), from: address))
            },
            handleEvent: { [unowned self] event in
                switch event {
                case .opened(let address, let link): channels[address] = link
                case .closed(let address, let error):
                    channels[address] = nil
                    closedAtServer.append(error)
                }
            })
    }

    static func clientContext() throws -> TLSContext {
        try TLSContext.client(trusting: .file(TestCertificates.path("authority.pem")))
    }

    /// Runs turns until `condition` holds; fails when it does not within about 10 s.
    func run(
        until condition: () -> Bool, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try Self.run(loop, until: condition, sourceLocation: sourceLocation)
    }

    static func run(
        _ loop: EventLoop, until condition: () -> Bool,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let deadline = loop.now + .seconds(10)
        while !condition(), loop.now < deadline {
            try loop.runTurn(waitingAtMost: .milliseconds(50))
        }
        #expect(condition(), sourceLocation: sourceLocation)
    }

    /// A link to the server, open.
    func open(proxy: ProxyAddress? = nil) throws -> WebSocketLink {
        let target = WebSocketTarget(
            host: "127.0.0.1", port: server.address.port,
            security: isSecure ? try Self.clientContext() : nil, proxy: proxy)
        let link = WebSocketLink(
            to: target, tools: Self.tools(loop),
            receive: { [unowned self] storage, range, _ in
                receivedByClient.append(storage.array(range))
            },
            handleEvent: { [unowned self] event in
                if case .closed(let error) = event { closedAtClient = error }
            })
        self.link = link
        try run { link.isOpen && !channels.isEmpty }
        return link
    }

    /// Why a link to `target` does not open; nil if it does.
    static func failure(
        of target: WebSocketTarget, loop: EventLoop, openingLimit: Interval = .seconds(10)
    ) throws -> WebSocketLinkError? {
        var event: WebSocketLink.Event?
        let link = WebSocketLink(
            to: target, tools: tools(loop), openingLimit: openingLimit, receive: { _, _, _ in },
            handleEvent: { event = $0 })
        try run(loop) { event != nil }
        link.close()
        guard case .closed(let error) = event else { return nil }
        return error
    }

    private static func tools(_ loop: EventLoop) -> WebSocketLink.Tools {
        WebSocketLink.Tools(
            loop: loop, resolver: Resolver(loop: loop), dialer: Dialer(loop: loop),
            random: SeededRandomSource(seed: 2))
    }
}
