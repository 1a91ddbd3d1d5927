import CTools
import Glibc
import ToolSupport

/// Sends a known pattern through many flows at once and checks every byte that comes out.
///
/// Three modes: `echo` (there and back), `upload` (the server answers the SHA-256 of what it got)
/// and `download` (the server makes the pattern). Exit code 1 when a byte is wrong or missing.
final class VerifyClient {
    private let address: SocketAddress
    private let flowCount: Int
    private let byteCount: Int
    private let seed: Int
    private let mode: VerifiedFlow.Mode
    private let deadline: Int64

    init(_ options: inout Options) throws {
        address = try SocketAddress(try options.required("connect"))
        flowCount = try options.integer("flows", default: 1)
        byteCount = try options.integer("bytes", default: 1 << 20)
        seed = try options.integer("seed", default: 1)
        deadline = Int64(try options.number("deadline", default: 600) * 1e9)
        let name = options.string("mode") ?? "echo"
        guard let mode = VerifiedFlow.Mode(rawValue: name) else {
            throw UsageError("--mode must be echo, upload or download")
        }
        self.mode = mode
        try options.finish()
    }

    func run() throws {
        let start = Tool.now
        let seeds = (0..<flowCount).map {
            SeededGenerator.mix(UInt64(truncatingIfNeeded: seed &* 1_000_003 &+ $0))
        }
        let sockets = try Flows.open(flowCount, to: address) { flow in
            Service.header(mode.service, flow: flow, seed: seeds[flow], count: byteCount)
        }
        let flows = zip(sockets, seeds).map { socket, seed in
            VerifiedFlow(socket: socket, mode: mode, seed: seed, byteCount: byteCount)
        }
        try carry(flows, until: start + deadline)
        report(flows, seconds: Double(Tool.now - start) / 1e9)
    }

    private func carry(_ flows: [VerifiedFlow], until end: Int64) throws {
        let poller = try Poller()
        for (number, flow) in flows.enumerated() {
            try poller.add(flow.socket, token: number, flow.interest)
        }
        var open = flows.count
        while open > 0 && Tool.now < end {
            for index in 0..<(try poller.wait(nanoseconds: 100_000_000)) {
                let event = poller.event(at: index)
                let flow = flows[event.token]
                let before = flow.interest
                flow.handle(event)
                if flow.outcome != nil {
                    close(flow.socket)
                    open -= 1
                } else if flow.interest != before {
                    try poller.modify(flow.socket, token: event.token, flow.interest)
                }
            }
        }
    }

    private func report(_ flows: [VerifiedFlow], seconds: Double) {
        let failures = flows.enumerated().filter { $1.outcome != .equal }
        var line = JSONLine()
        line.add("equal", failures.isEmpty)
        line.add("flows", flowCount)
        line.add("bytes_per_flow", byteCount)
        line.add("failed_flows", failures.count)
        line.add("seconds", seconds)
        line.add("mbit_s", Double(flows.reduce(0) { $0 + $1.received }) * 8 / 1e6 / seconds)
        if let flow = flows.first, flow.outcome == .equal {
            line.add("sha256", Digest.text(flow.digestText))
        }
        if let (number, flow) = failures.first {
            line.add("first_failure", "flow \(number): \(flow.outcome?.text ?? "unfinished")")
            line.add("position", flow.received)
        }
        Tool.say("\(line)")
        if !failures.isEmpty { exit(1) }
    }
}
