import Forwarding
import SRMUDP
import ToolSupport

/// Opens a WebSocket for everybody who asks for `/`, and sends each message back.
final class EchoServer {
    /// Enough for the longest message of Autobahn's tests.
    static let limits = WebSocketLimits(messageLength: 64 << 20, fragmentCount: 1 << 20)

    private let loop: EventLoop
    private let address: SRMUDP.SocketAddress
    private let security: TLSContext?
    private let random = SystemRandomSource()
    private let transfer = TransferBuffer()

    init(_ options: inout Options) throws {
        let text = try options.required("listen")
        guard let address = SRMUDP.SocketAddress(text) else {
            throw UsageError("\(text) is not ADDRESS:PORT")
        }
        self.address = address
        let certificate = options.string("certificate")
        let key = options.string("key")
        try options.finish()
        loop = try EventLoop()
        security = try certificate.map { certificate in
            try TLSContext.server(certificateFile: certificate, keyFile: key ?? certificate)
        }
    }

    /// Serves until the process is ended.
    func run() throws {
        let listener = try TCPListener(loop: loop, address: address) { socket in
            self.admit(socket)
        }
        Tool.say("listening \(listener.address)")
        try loop.run()
    }

    private func admit(_ socket: TCPSocket) {
        let stream = WebStream(socket, transfer: transfer)
        let connection = WebSocketConnection(.server, random: random, limits: Self.limits)
        if let security {
            stream.secure(
                with: TLSSession(serverOf: security), arrived: &connection.incoming)
        }
        let admission = WebSocketAdmission(
            stream, connection, path: "/", loop: loop,
            completion: { [loop] result in
                guard case .success(let connection) = result else { return }
                try? EchoConnection(stream, connection, loop: loop, ended: {}).start()
            }, released: {})
        admission.start(timeLimit: .seconds(10))
    }
}
