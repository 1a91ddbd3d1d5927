import CTools
import Glibc
import ToolSupport

/// Sends datagrams of one length at a steady rate, or as fast as the socket takes them.
final class DatagramClient {
    private let address: SocketAddress
    private let length: Int
    private let duration: Int64
    /// Bytes a second; nil: no limit.
    private let rate: Double?

    init(_ options: inout Options) throws {
        address = try SocketAddress(try options.required("connect"))
        length = try options.integer("size", default: 1_200)
        duration = Int64(try options.number("seconds", default: 3) * 1e9)
        let megabits = try options.number("mbit", default: 0)
        rate = megabits > 0 ? megabits * 1e6 / 8 : nil
        try options.finish()
    }

    func run() throws {
        let socket = try SystemError.check(
            withUnsafePointer(to: address.raw) { tools_udp_connect($0) }, "connect to \(address)")
        let poller = try Poller()
        try poller.add(socket, token: 0, .writing)
        let datagram = [UInt8](repeating: 0x5a, count: length)
        let start = Tool.now
        var sent = 0
        while case let elapsed = Tool.now - start, elapsed < duration {
            let due = rate.map { Int($0 * Double(elapsed) / 1e9) / length } ?? .max
            guard sent < due else {
                usleep(500)
                continue
            }
            if send(socket, datagram, length, 0) == length {
                sent += 1
            } else if errno == EAGAIN {
                _ = try poller.wait(nanoseconds: 100_000_000)
            } else {
                throw SystemError(call: "send", code: errno)
            }
        }
        close(socket)
        var line = JSONLine()
        line.add("datagrams", sent)
        line.add("mbit_s", Double(sent * length) * 8e3 / Double(duration))
        Tool.say("\(line)")
    }
}
