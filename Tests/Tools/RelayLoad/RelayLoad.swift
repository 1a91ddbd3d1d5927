import Glibc
import SRMUDP
import TestSupport

/// What a relay costs, and what its ends do: Tests/Bench/relay.py runs the parts as processes.
///
///     relayload relay PORT CHANNELS SECONDS LEFT RIGHT
///     relayload sink PORT SECONDS VIA [RELAY]
///     relayload source PORT SECONDS VIA [RELAY]
///     relayload flood PORT SECONDS RELAY CHANNELS SIZE RUN
///     relayload drain PORT SECONDS
///
/// All ports are of 127.0.0.1. VIA is the port of the other end, or 0 for a channel of RELAY. Each
/// part prints one line: its bytes, its CPU seconds for 10^9 of them, and what else there is.
@main
enum RelayLoad {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        do {
            guard let part = arguments.first else { throw Usage() }
            let numbers = arguments.dropFirst().compactMap { Int($0) }
            guard numbers.count == arguments.count - 1 else { throw Usage() }
            try run(part, numbers)
        } catch {
            print("relayload: \(error)")
            exit(1)
        }
    }

    private static func run(_ part: String, _ numbers: [Int]) throws {
        switch (part, numbers.count) {
        case ("relay", 5):
            try Relay(
                port: numbers[0], channels: numbers[1], left: numbers[3], right: numbers[4]
            ).run(seconds: numbers[2])
        case ("sink", 3...4), ("source", 3...4):
            try End(
                isSource: part == "source", port: numbers[0], via: numbers[2],
                relay: numbers.count == 4 ? numbers[3] : nil
            ).run(seconds: numbers[1])
        case ("flood", 6):
            try Flood(
                port: numbers[0], relay: numbers[2], channels: numbers[3], size: numbers[4],
                run: numbers[5]
            ).run(seconds: numbers[1])
        case ("drain", 2): try drain(port: numbers[0], seconds: numbers[1])
        default: throw Usage()
        }
    }

    private static func drain(port: Int, seconds: Int) throws {
        let loop = try EventLoop()
        let socket = try UDPSocket(bindingTo: address(port))
        let drain = Drain(socket)
        try loop.register(socket.fileDescriptor, for: .readable, handler: drain)
        loop.schedule(after: .seconds(Int64(seconds))) { loop.stop() }
        try loop.run()
        report("drain", bytes: drain.byteCount)
    }

    static func address(_ port: Int) -> SocketAddress {
        SocketAddress(.loopbackIPv4, port: UInt16(port))
    }

    /// The IDs that every relay here gives: left and right of the first channel, and so on.
    static func channels(_ count: Int) -> [RelayChannelID] {
        let random: any RandomSource = SeededRandomSource(seed: 4)
        return (0..<2 * count).map { _ in RelayChannelID(random.next()) }
    }

    static func report(_ part: String, bytes: Int, _ more: String = "") {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double {
            Double(time.tv_sec) + Double(time.tv_usec) / 1e6
        }
        let cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime)
        let each = bytes > 0 ? cpu / (Double(bytes) / 1e9) : 0
        print("\(part) bytes=\(bytes) cpu=\(cpu) cpu_per_gb=\(each) \(more)")
    }
}

struct Usage: Error, CustomStringConvertible {
    var description: String { "see the comment in RelayLoad.swift" }
}

private final class Drain: EventHandler {
    private let socket: UDPSocket
    private var batch = ReceiveBatch()
    private(set) var byteCount = 0

    init(_ socket: UDPSocket) { self.socket = socket }

    func ready(_ readiness: Readiness, now: Instant) {
        guard let count = try? socket.receive(into: &batch) else { return }
        for index in 0..<count { byteCount += batch[index].range.count }
    }
}
