import Forwarding
import SRMUDP
import ToolSupport

/// Runs all cases of Autobahn's fuzzing server: a WebSocket for each, which echoes.
final class CaseClient {
    private let loop: EventLoop
    private let tools: WebSocketLink.Tools
    private let port: UInt16
    private let agent: String
    private let compression: CompressionWorkspace?

    init(_ options: inout Options) throws {
        let place = try options.required("connect")
        guard let address = SRMUDP.SocketAddress(place) else {
            throw UsageError("\(place) is not ADDRESS:PORT")
        }
        port = address.port
        agent = try options.required("agent")
        compression = try CompressionSettings(&options).map { CompressionWorkspace($0) }
        try options.finish()
        loop = try EventLoop()
        tools = WebSocketLink.Tools(
            loop: loop, resolver: Resolver(loop: loop), dialer: Dialer(loop: loop),
            random: SystemRandomSource())
    }

    func run() throws {
        var answer = ""
        try visit("/getCaseCount") { echo, _ in
            let bytes = echo.connection.incoming.storage.array(echo.connection.messageRange)
            answer = String(decoding: bytes, as: UTF8.self)
        }
        guard let count = Int(answer) else { throw UsageError("the server counts \(answer)") }
        for number in 1...count {
            try visit("/runCase?case=\(number)&agent=\(agent)", EchoConnection.echo)
        }
        try visit("/updateReports?agent=\(agent)") { _, _ in }
        Tool.say("\(count) cases run")
    }

    private func visit(_ path: String, _ handle: @escaping EchoConnection.Handler) throws {
        var hasEnded = false
        var failure: String?
        var target = WebSocketTarget(host: "127.0.0.1", port: port, security: nil)
        target.path = path
        let dial = WebSocketDial(
            target, tools: tools, limits: EchoServer.limits, compression: compression)
        dial.start(timeLimit: WebSocketLink.openingLimit) { [loop] result in
            switch result {
            case .failure(let error):
                failure = error.description
                hasEnded = true
            case .success(let socket):
                let echo = EchoConnection(
                    socket.stream, socket.connection, loop: loop, handle: handle
                ) { hasEnded = true }
                do { try echo.start() } catch { hasEnded = true }
            }
        }
        while !hasEnded { try loop.runTurn() }
        if let failure { throw UsageError("\(path): \(failure)") }
    }
}
