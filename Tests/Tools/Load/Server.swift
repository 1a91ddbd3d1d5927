import CTools
import Glibc
import ToolSupport

/// Serves sinks, sources and echoes on one port, and tells over its control socket what each
/// numbered flow has delivered.
///
/// A control connection gets one answer for each byte it sends: the number of flows as four bytes,
/// then eight bytes for each flow, big-endian. The byte 'Z' sets all counters to zero first.
final class Server {
    private enum Peer {
        case listener
        case control
        case connection(Connection)
    }

    private static let bufferBytes = 256 << 10
    private let listener: Int32
    private let control: Int32?
    private let poller: Poller
    private var peers: [Int32: Peer] = [:]
    private let buffer: UnsafeMutableRawBufferPointer
    private let counters = FlowCounters()

    init(_ options: inout Options) throws {
        let address = try SocketAddress(try options.required("listen"))
        let controlPath = try options.string("control").map(SocketAddress.init)
        try options.finish()
        listener = try Self.listen(address)
        control = try controlPath.map(Self.listen)
        poller = try Poller()
        buffer = .allocate(byteCount: Self.bufferBytes, alignment: 64)
        Pattern(seed: 0).fill(buffer, from: 0)
        peers[listener] = .listener
        try poller.add(listener, token: Int(listener), .reading)
        if let control {
            peers[control] = .listener
            try poller.add(control, token: Int(control), .reading)
        }
    }

    deinit { buffer.deallocate() }

    /// Serves until the process is ended.
    func run() throws {
        Tool.say("listening \(try SocketAddress(of: listener))")
        while true {
            for index in 0..<(try poller.wait(nanoseconds: -1)) {
                try handle(poller.event(at: index))
            }
        }
    }

    private static func listen(_ address: SocketAddress) throws -> Int32 {
        try SystemError.check(
            withUnsafePointer(to: address.raw) { tools_tcp_listen($0) }, "listen on \(address)")
    }

    private func handle(_ event: Poller.Event) throws {
        let socket = Int32(truncatingIfNeeded: event.token)
        switch peers[socket] {
        case nil: break
        case .listener: try accept(socket)
        case .control: answerControl(socket)
        case .connection(let connection):
            let before = connection.interest
            connection.handle(event, buffer: buffer, counters: counters)
            guard let interest = connection.interest else { return drop(socket) }
            if interest != before { try poller.modify(socket, token: event.token, interest) }
        }
    }

    private func accept(_ listener: Int32) throws {
        while true {
            let socket = tools_tcp_accept(listener)
            if socket < 0 { return }
            peers[socket] = listener == control ? .control : .connection(Connection(socket: socket))
            try poller.add(socket, token: Int(socket), .reading)
        }
    }

    private func answerControl(_ socket: Int32) {
        var request: UInt8 = 0
        guard read(socket, &request, 1) == 1 else { return drop(socket) }
        if request == 0x5a { counters.reset() }
        let answer = counters.encoded
        if write(socket, answer, answer.count) != answer.count { drop(socket) }
    }

    private func drop(_ socket: Int32) {
        peers[socket] = nil
        close(socket)
    }
}

/// Bytes received by each numbered sink.
final class FlowCounters {
    private var bytes: [Int] = []

    func add(_ count: Int, flow: Int) {
        guard flow < 1_000_000 else { return }
        while bytes.count <= flow { bytes.append(0) }
        bytes[flow] += count
    }

    func reset() { bytes = [] }

    var encoded: [UInt8] {
        var answer: [UInt8] = []
        answer.reserveCapacity(4 + 8 * bytes.count)
        withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { answer += $0 }
        for count in bytes { withUnsafeBytes(of: UInt64(count).bigEndian) { answer += $0 } }
        return answer
    }
}
