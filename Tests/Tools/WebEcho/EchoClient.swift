import Forwarding
import SRMUDP
import ToolSupport

/// A client that echoes what it gets, or sends and expects echoes.
final class EchoClient {
    private let loop: EventLoop
    private let resolver: Resolver
    private let target: WebSocketTarget
    private let compression: CompressionWorkspace?
    private var failure: String?
    private var hasEnded = false

    /// The lengths at which a frame's header changes, and some above.
    private static let lengths = [0, 1, 125, 126, 127, 1_200, 16_384, 65_535, 65_536, 1_000_000]

    init(_ options: inout Options) throws {
        let place = try options.required("connect")
        guard let colon = place.lastIndex(of: ":"),
            let port = UInt16(place[place.index(after: colon)...])
        else { throw UsageError("\(place) is not HOST:PORT") }
        let security = try options.string("tls-ca").map { file in
            try TLSContext.client(trusting: .file(file))
        }
        var target = WebSocketTarget(
            host: String(place[..<colon]), port: port, security: security,
            proxy: try options.string("proxy").map(ProxyAddress.init(parsing:)))
        target.path = options.string("path") ?? "/"
        self.target = target
        compression = try CompressionSettings(&options).map { CompressionWorkspace($0) }
        try options.finish()
        loop = try EventLoop()
        resolver = Resolver(loop: loop)
    }

    func echo() throws { try run(handle: EchoConnection.echo) { _ in } }

    func send() throws {
        var expected = Self.lengths.map { Self.payload($0) }[...]
        try run(
            handle: { echo, _ in
                let connection = echo.connection
                let bytes = connection.incoming.storage.array(connection.messageRange)
                if bytes != expected.removeFirst() { self.failure = "an echo is wrong" }
                guard let next = expected.first else { return connection.close() }
                connection.send(WebSocketMessage(kind: .binary), next.span.bytes)
            },
            opened: { echo in
                let first = Self.payload(Self.lengths[0])
                echo.connection.send(WebSocketMessage(kind: .binary), first.span.bytes)
                echo.write()
            })
        if !expected.isEmpty { throw UsageError("\(expected.count) echoes are missing") }
        Tool.say("\(Self.lengths.count) messages echoed")
    }

    /// Compressible, but not so much that it would be taken for an attack.
    private static func payload(_ length: Int) -> [UInt8] {
        (0..<length).map { UInt8(((($0 &* 2_654_435_761) >> 16) ^ (($0 &* $0) >> 5)) & 0x3f) }
    }

    private func run(
        handle: @escaping EchoConnection.Handler, opened: @escaping (EchoConnection) -> Void
    ) throws {
        let tools = WebSocketLink.Tools(
            loop: loop, resolver: resolver, dialer: Dialer(loop: loop),
            random: SystemRandomSource())
        let dial = WebSocketDial(
            target, tools: tools, limits: EchoServer.limits, compression: compression)
        dial.start(timeLimit: WebSocketLink.openingLimit) { [self] result in
            switch result {
            case .failure(let error):
                failure = error.description
                hasEnded = true
            case .success(let socket):
                let echo = EchoConnection(
                    socket.stream, socket.connection, loop: loop, handle: handle
                ) { [self] in hasEnded = true }
                do { try echo.start() } catch { failure = "\(error)" }
                opened(echo)
            }
        }
        while !hasEnded { try loop.runTurn() }
        if let failure { throw UsageError(failure) }
    }
}
