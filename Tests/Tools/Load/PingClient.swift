import CTools
import Glibc
import ToolSupport

/// Measures round trips: 64 bytes there and back over one connection, again and again.
final class PingClient {
    static let messageBytes = 64
    private let address: SocketAddress
    private let duration: Int64
    private let warmUp: Int64
    private let count: Int

    init(_ options: inout Options) throws {
        address = try SocketAddress(try options.required("connect"))
        count = try options.integer("count", default: .max)
        duration = Int64(
            try options.number("seconds", default: count == .max ? 3 : 1e9) * 1e9)
        warmUp = Int64(try options.number("warmup", default: 0.2) * 1e9)
        try options.finish()
    }

    func run() throws {
        let socket = try Flows.open(1, to: address) { _ in Service.header(.echo, flow: 0) }[0]
        let poller = try Poller()
        try poller.add(socket, token: 0, .reading)
        var message = [UInt8](repeating: 0x45, count: Self.messageBytes)
        // The first byte came back from the header; it is waited for and not measured.
        let start = Tool.now
        try receive(1, socket, poller, &message, until: start + 60_000_000_000)

        let measureFrom = Tool.now + warmUp
        let end = measureFrom + duration
        var samples = Samples(capacity: 1 << 20)
        while samples.count < count {
            let sent = Tool.now
            guard sent < end else { break }
            guard write(socket, message, message.count) == message.count else {
                throw SystemError(call: "write", code: errno)
            }
            // A round trip that outlasts the measurement belongs to it, or the slow ones are lost.
            try receive(message.count, socket, poller, &message, until: end + 60_000_000_000)
            if sent >= measureFrom { samples.add(Tool.now - sent) }
        }
        close(socket)
        var line = JSONLine()
        samples.report(into: &line)
        Tool.say("\(line)")
    }

    private func receive(
        _ count: Int, _ socket: Int32, _ poller: Poller, _ message: inout [UInt8],
        until deadline: Int64
    ) throws {
        var missing = count
        while missing > 0 {
            guard Tool.now < deadline else { throw LoadError("no echo for a minute") }
            _ = try poller.wait(nanoseconds: 1_000_000_000)
            let received = read(socket, &message, missing)
            if received == 0 { throw LoadError("the connection was closed") }
            if received < 0 && errno != EAGAIN { throw SystemError(call: "read", code: errno) }
            missing -= max(received, 0)
        }
    }
}
