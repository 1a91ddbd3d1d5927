import Forwarding
import ForwardingTestSupport
import SRMUDP
import TestSupport
import Testing

@testable import Control

/// A control server with a handler that the test writes, and clients of it, in one loop.
final class ControlWorld: ControlHandler {
    let temporary = TemporaryHome()
    let loop: EventLoop
    let path: String
    private(set) var server: ControlServer?
    /// Those that the handler left unanswered.
    var calls: [ControlCall] = []
    private let handler: (ControlCall, ControlWorld) -> Void

    /// - Parameter handler: `echo` answers with its parameters, and all else waits in `calls`,
    ///   unless the test says otherwise.
    init(
        user: UInt32? = nil, handler: @escaping (ControlCall, ControlWorld) -> Void = answerEcho
    ) throws {
        let home = try temporary.prepared()
        loop = try EventLoop()
        path = home.state + "/control"
        self.handler = handler
        server = try listen(user: user)
    }

    deinit { server?.close() }

    static func answerEcho(_ call: ControlCall, _ world: ControlWorld) {
        guard call.method == "echo" else { return world.calls.append(call) }
        do throws(ControlError) {
            call.answer(.string(try call.parameters.string("text")))
        } catch {
            call.fail(error)
        }
    }

    func handle(_ call: ControlCall) { handler(call, self) }

    func listen(user: UInt32? = nil) throws(CommandError) -> ControlServer {
        if let user {
            return try ControlServer(
                path: path, loop: loop, logger: .silent, user: user, handler: self)
        }
        return try ControlServer(path: path, loop: loop, logger: .silent, handler: self)
    }

    func connect() throws -> ControlClient { try ControlClient(path: path, loop: loop) }

    /// A client of which the test writes every byte.
    func connectRaw() throws -> RawControlClient {
        RawControlClient(try TCPSocket(connectingTo: path, loop: loop), world: self)
    }

    /// Runs turns until the condition holds.
    func run(until isMet: () throws -> Bool) throws {
        for _ in 0..<2000 {
            if try isMet() { return }
            try loop.runTurn(waitingAtMost: .milliseconds(5))
        }
        Issue.record("it did not happen")
    }

    func close() {
        server?.close()
        server = nil
    }
}

/// A client that sends and receives bytes.
final class RawControlClient {
    let socket: TCPSocket
    private unowned let world: ControlWorld
    private var received: [UInt8] = []

    init(_ socket: TCPSocket, world: ControlWorld) {
        self.socket = socket
        self.world = world
    }

    /// - Returns: how many bytes the system took.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Int { socket.sendAtOnce(bytes) }

    @discardableResult
    func send(_ text: String) -> Int { send([UInt8](text.utf8)) }

    /// The next line, without its end; nil if the server has closed the connection.
    func line() throws -> JSONValue? {
        var hasEnded = false
        try world.run {
            if received.contains(UInt8(ascii: "\n")) { return true }
            var part = ByteStorage(count: 65_536)
            switch socket.read(into: &part, 0..<part.count) {
            case .bytes(let count): received += part.array(0..<count)
            case .wouldBlock: break
            case .end, .failed: hasEnded = true
            }
            return hasEnded
        }
        guard let end = received.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let line = [UInt8](received[..<end])
        received.removeFirst(end + 1)
        return try JSONParser.parse(line)
    }

    /// What is left of the bytes that were received behind the last line.
    var rest: [UInt8] { received }
}
