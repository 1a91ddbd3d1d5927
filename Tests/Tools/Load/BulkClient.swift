import CTools
import Glibc
import ToolSupport

/// Measures how much many busy flows carry together, and how evenly.
final class BulkClient {
    private let address: SocketAddress
    private let flowCount: Int
    private let duration: Int64
    private let warmUp: Int64
    private let control: SocketAddress?
    private let socksTarget: SocketAddress?
    private let isPush: Bool
    private var received: [Int]

    init(_ options: inout Options) throws {
        address = try SocketAddress(try options.required("connect"))
        flowCount = try options.integer("flows", default: 1)
        duration = Int64(try options.number("seconds", default: 3) * 1e9)
        warmUp = Int64(try options.number("warmup", default: 0.5) * 1e9)
        isPush = options.flag("push")
        control = try options.string("control").map(SocketAddress.init)
        socksTarget = try options.string("socks5").map(SocketAddress.init)
        try options.finish()
        if isPush && control == nil { throw UsageError("--push needs --control") }
        received = Array(repeating: 0, count: flowCount)
    }

    func run() throws {
        let control = try isPush ? self.control.map(ControlClient.init) : nil
        _ = try control?.counters(reset: true)
        let sockets = try Flows.open(flowCount, to: address) { flow in
            Flows.socksRequest(to: socksTarget)
                + Service.header(isPush ? .sink : .source, flow: flow)
        }
        let poller = try Poller()
        for (flow, socket) in sockets.enumerated() {
            try poller.add(socket, token: flow, isPush ? .writing : .reading)
        }
        let data = [UInt8](repeating: 0x5a, count: 256 << 10)

        try carry(poller, sockets, data, until: Tool.now + warmUp)
        let first = try snapshot(control)
        let start = Tool.now
        try carry(poller, sockets, data, until: start + duration)
        let last = try snapshot(control)
        let elapsed = Double(Tool.now - start)
        for socket in sockets { close(socket) }
        report(
            zip(first, last).map { $1 - $0 }, withWarmUp: last.reduce(0, +), nanoseconds: elapsed)
    }

    private func carry(
        _ poller: Poller, _ sockets: [Int32], _ data: [UInt8], until end: Int64
    ) throws {
        while true {
            let left = end - Tool.now
            guard left > 0 else { return }
            for index in 0..<(try poller.wait(nanoseconds: left)) {
                let flow = poller.event(at: index).token
                if isPush {
                    let count = write(sockets[flow], data, data.count)
                    if count < 0 && errno != EAGAIN {
                        throw SystemError(call: "flow \(flow)", code: errno)
                    }
                } else {
                    let count = tools_tcp_discard(sockets[flow], 1 << 20)
                    if count == 0 { throw LoadError("flow \(flow) was closed by the server") }
                    if count < 0 && count != -Int(EAGAIN) {
                        throw SystemError(call: "flow \(flow)", code: Int32(-count))
                    }
                    received[flow] += max(count, 0)
                }
            }
        }
    }

    private func snapshot(_ control: ControlClient?) throws -> [Int] {
        guard let control else { return received }
        let counters = try control.counters(reset: false)
        return (0..<flowCount).map { $0 < counters.count ? counters[$0] : 0 }
    }

    private func report(_ bytes: [Int], withWarmUp total: Int, nanoseconds: Double) {
        let rates = bytes.map { Double($0) * 8000 / nanoseconds }
        let sum = rates.reduce(0, +)
        let squares = rates.reduce(0) { $0 + $1 * $1 }
        var line = JSONLine()
        line.add("mbit_s", sum)
        line.add("bytes", bytes.reduce(0, +))
        // What the tunnel carried since the flows began; its CPU time is measured over the same.
        line.add("total_bytes", total)
        line.add("seconds", nanoseconds / 1e9)
        line.add("flows", flowCount)
        line.add("flow_min_mbit_s", rates.min() ?? 0)
        line.add("flow_max_mbit_s", rates.max() ?? 0)
        line.add("starved_flows", bytes.count { $0 == 0 })
        line.add("jain", squares > 0 ? sum * sum / (Double(flowCount) * squares) : 0)
        Tool.say("\(line)")
    }
}

/// Asks a server for its counters; the one place where the client waits for an answer.
struct ControlClient {
    private let socket: Int32

    init(_ address: SocketAddress) throws {
        socket = try Flows.connect(address)
        guard fcntl(socket, F_SETFL, 0) == 0 else {
            throw SystemError(call: "fcntl", code: errno)
        }
    }

    func counters(reset: Bool) throws -> [Int] {
        var request: UInt8 = reset ? 0x5a : 0x51
        guard write(socket, &request, 1) == 1 else { throw LoadError("the server is gone") }
        let count = Int(Service.number(try receive(4)[...]))
        let bytes = try receive(count * 8)
        return (0..<count).map { Int(clamping: Service.number(bytes[$0 * 8..<$0 * 8 + 8])) }
    }

    private func receive(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let received = bytes.withUnsafeMutableBytes { buffer in
                read(socket, buffer.baseAddress.map { $0 + filled }, count - filled)
            }
            guard received > 0 else { throw LoadError("the server is gone") }
            filled += received
        }
        return bytes
    }
}
