import CTools
import Glibc
import ToolSupport

/// Counts the datagrams that arrive, until standard input ends, and anew from whatever comes there.
final class DatagramSink {
    private let socket: Int32

    init(_ options: inout Options) throws {
        let address = try SocketAddress(try options.required("listen"))
        try options.finish()
        socket = try SystemError.check(
            withUnsafePointer(to: address.raw) { tools_udp_bind($0) }, "bind to \(address)")
    }

    func run() throws {
        Tool.say("listening \(try SocketAddress(of: socket))")
        let poller = try Poller()
        try poller.add(socket, token: 0, .reading)
        try poller.add(0, token: 1, .reading)
        var count = 0
        var bytes = 0
        var first: Int64?
        var last: Int64 = 0
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var byte: UInt8 = 0
        while true {
            for index in 0..<(try poller.wait(nanoseconds: -1)) {
                if poller.event(at: index).token == 1 {
                    guard read(0, &byte, 1) > 0 else {
                        return report(count, bytes, nanoseconds: last - (first ?? last))
                    }
                    (count, bytes, first) = (0, 0, nil)
                    continue
                }
                last = Tool.now
                if first == nil { first = last }
                while true {
                    let length = recv(socket, &buffer, buffer.count, 0)
                    guard length >= 0 else { break }
                    count += 1
                    bytes += length
                }
            }
        }
    }

    private func report(_ count: Int, _ bytes: Int, nanoseconds: Int64) {
        var line = JSONLine()
        line.add("datagrams", count)
        line.add("bytes", bytes)
        line.add("mbit_s", nanoseconds > 0 ? Double(bytes) * 8e3 / Double(nanoseconds) : 0)
        Tool.say("\(line)")
    }
}
