import CTools
import Glibc
import ToolSupport

/// Measures how many connections a second can be made, used for one exchange of 64 bytes and
/// closed, with at most a fixed number of them under way, and perhaps at a steady rate.
final class ConnectRateClient {
    private struct Attempt {
        var socket: Int32 = -1
        var startedAt: Int64 = 0
        var isConnected = false
        var missing = 0
    }

    private let address: SocketAddress
    private let duration: Int64
    private let warmUp: Int64
    /// Connections a second; nil: as many as can be made.
    private let rate: Double?
    /// Attempts that wait for their time.
    private var resting: [Int] = []
    private var attempts: [Attempt]
    private let message: [UInt8]
    private let answerBytes: Int
    private var scratch = [UInt8](repeating: 0, count: 256)

    init(_ options: inout Options) throws {
        address = try SocketAddress(try options.required("connect"))
        duration = Int64(try options.number("seconds", default: 3) * 1e9)
        warmUp = Int64(try options.number("warmup", default: 0.3) * 1e9)
        let rate = try options.number("rate", default: 0)
        self.rate = rate > 0 ? rate : nil
        let parallel = try options.integer("parallel", default: 1)
        attempts = Array(repeating: Attempt(), count: parallel)
        let target = try options.string("socks5").map(SocketAddress.init)
        let exchange = [UInt8](repeating: 0x45, count: PingClient.messageBytes)
        message = Flows.socksRequest(to: target) + exchange
        answerBytes = exchange.count + (target == nil ? 0 : Flows.socksAnswerBytes)
        try options.finish()
    }

    func run() throws {
        let poller = try Poller()
        resting = Array(attempts.indices)
        let begin = Tool.now
        var started = 0
        let measureFrom = begin + warmUp
        let end = measureFrom + duration
        var samples = Samples(capacity: 1 << 18)
        while case let now = Tool.now, now < end {
            let due = rate.map { Int($0 * Double(now - begin) / 1e9) } ?? .max
            while started < due, let number = resting.popLast() {
                try start(number, poller)
                started += 1
            }
            // Those that rest are due within about a millisecond.
            let pause: Int64 = rate == nil || resting.isEmpty ? 100_000_000 : 1_000_000
            for index in 0..<(try poller.wait(nanoseconds: pause)) {
                let number = poller.event(at: index).token
                guard try advance(number, poller) else { continue }
                let now = Tool.now
                if now >= measureFrom { samples.add(now - attempts[number].startedAt) }
                close(attempts[number].socket)
                attempts[number].socket = -1
                resting.append(number)
            }
        }
        for attempt in attempts where attempt.socket >= 0 { close(attempt.socket) }
        var line = JSONLine()
        line.add("connections_s", Double(samples.count) * 1e9 / Double(Tool.now - measureFrom))
        line.add("parallel", attempts.count)
        samples.report(into: &line)
        Tool.say("\(line)")
    }

    private func start(_ number: Int, _ poller: Poller) throws {
        let now = Tool.now
        attempts[number] = Attempt(
            socket: try Flows.connect(address), startedAt: now, missing: answerBytes)
        try poller.add(attempts[number].socket, token: number, .writing)
    }

    /// True when the exchange is complete.
    private func advance(_ number: Int, _ poller: Poller) throws -> Bool {
        let socket = attempts[number].socket
        if !attempts[number].isConnected {
            try Flows.checkConnected(socket)
            attempts[number].isConnected = true
            guard write(socket, message, message.count) == message.count else {
                throw SystemError(call: "write", code: errno)
            }
            try poller.modify(socket, token: number, .reading)
            return false
        }
        let received = read(socket, &scratch, attempts[number].missing)
        if received == 0 { throw LoadError("a connection was closed before its echo came") }
        if received < 0 && errno != EAGAIN { throw SystemError(call: "read", code: errno) }
        attempts[number].missing -= max(received, 0)
        return attempts[number].missing == 0
    }
}
