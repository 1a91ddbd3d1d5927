import CTools
import Glibc
import ToolSupport

/// Holds flows open that carry nothing, so that their memory can be measured.
final class IdleClient {
    private let address: SocketAddress
    private let flowCount: Int
    private let duration: Int64

    init(_ options: inout Options) throws {
        address = try SocketAddress(try options.required("connect"))
        flowCount = try options.integer("flows", default: 100)
        duration = Int64(try options.number("seconds", default: 1e6) * 1e9)
        try options.finish()
    }

    func run() throws {
        let sockets = try Flows.open(flowCount, to: address) { _ in Service.header(.echo, flow: 0) }
        try awaitEcho(sockets)
        var line = JSONLine()
        line.add("ready", true)
        line.add("flows", flowCount)
        Tool.say("\(line)")

        let poller = try Poller()
        let hasInput = poller.canAdd(0, token: 0)
        let end = Tool.now + duration
        var byte: UInt8 = 0
        while Tool.now < end {
            let count = try poller.wait(nanoseconds: end - Tool.now)
            if hasInput && count > 0 && read(0, &byte, 1) <= 0 { break }
        }
    }

    /// A flow is open when its first byte has been to the far side and back.
    private func awaitEcho(_ sockets: [Int32]) throws {
        let poller = try Poller()
        for (flow, socket) in sockets.enumerated() {
            try poller.add(socket, token: flow, .reading)
        }
        var missing = sockets.count
        let deadline = Tool.now + 60_000_000_000
        while missing > 0 {
            guard Tool.now < deadline else { throw LoadError("\(missing) flows give no echo") }
            for index in 0..<(try poller.wait(nanoseconds: 100_000_000)) {
                let socket = sockets[poller.event(at: index).token]
                var byte: UInt8 = 0
                guard read(socket, &byte, 1) == 1 else { throw LoadError("a flow was closed") }
                poller.remove(socket)
                missing -= 1
            }
        }
    }
}
