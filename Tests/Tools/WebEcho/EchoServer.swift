import Forwarding
import SRMUDP
import ToolSupport

/// Opens a WebSocket for everybody who asks for `/`, and sends each message back.
final class EchoServer: HTTPHandler {
    /// Enough for the longest message of Autobahn's tests.
    static let limits = WebSocketLimits(messageLength: 64 << 20, fragmentCount: 1 << 20)

    private let loop: EventLoop
    private let address: SRMUDP.SocketAddress
    private let security: TLSContext?
    private var configuration = HTTPServer.Configuration()

    init(_ options: inout Options) throws {
        let text = try options.required("listen")
        guard let address = SRMUDP.SocketAddress(text) else {
            throw UsageError("\(text) is not ADDRESS:PORT")
        }
        self.address = address
        let certificate = options.string("certificate")
        let key = options.string("key")
        configuration.compression = try CompressionSettings(&options)
        try options.finish()
        loop = try EventLoop()
        security = try certificate.map { certificate in
            try TLSContext.server(certificateFile: certificate, keyFile: key ?? certificate)
        }
    }

    /// Serves until the process is ended.
    func run() throws {
        let server = try HTTPServer(
            loop: loop, address: address, security: security, random: SystemRandomSource(),
            configuration: configuration, handler: self)
        Tool.say("listening \(server.address)")
        try loop.run()
    }

    func handle(_ exchange: HTTPExchange) {
        guard exchange.head.path == "/" else {
            return exchange.answer(.text(status: 404, "there is nothing here"))
        }
        do throws(WebSocketRefusal) {
            let request = try WebSocketRequest(exchange.head)
            echo(exchange.acceptWebSocket(request, limits: Self.limits))
        } catch {
            var response = HTTPResponse.text(status: error.status, error.description)
            response.fields.complete(with: error.fields)
            exchange.answer(response)
        }
    }

    /// Does not read on while the client does not take what it is sent.
    private func echo(_ messenger: WebSocketMessenger) {
        messenger.queueLimit = 4 * Self.limits.messageLength
        messenger.received = { [unowned messenger] kind, bytes in
            messenger.send(kind, bytes)
            messenger.isPaused = messenger.queuedCount > WebSocketMessenger.highMark
        }
        messenger.drained = { [unowned messenger] in messenger.isPaused = false }
    }
}
