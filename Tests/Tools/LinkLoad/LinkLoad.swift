import Control
import SRMUDP

/// Measures key links beside raw streams of SRMUDP, between two processes on loopback.
///
///     linkload echo|sink link|raw PORT
///     linkload ping|fill link|raw PORT SECONDS
///
/// `echo` and `sink` serve until they are killed. `ping` sends 64 bytes and waits for them, again and
/// again, and prints `p50_us=` and `p99_us=`; `fill` sends messages of 1 MiB and prints `mb_per_s=`.
@main
struct LinkLoad {
    static let messageLength = 1 << 20
    static let pingLength = 64

    static func main() throws {
        let words = CommandLine.arguments.dropFirst()
        guard words.count >= 3, let port = UInt16(Array(words)[2]) else { throw Usage() }
        let (verb, carrier) = (Array(words)[0], Array(words)[1])
        let isServer = verb == "echo" || verb == "sink"
        let loop = try EventLoop()
        let end: any LoadEnd =
            carrier == "link"
            ? try LinkEnd(loop: loop, port: port, isServer: isServer)
            : try RawEnd(loop: loop, port: port, isServer: isServer)
        if isServer {
            end.received = { [unowned end] bytes in if verb == "echo" { end.send(bytes) } }
            return try loop.run()
        }
        let seconds = Int64(words.last ?? "") ?? 5
        let load = verb == "ping" ? Pinger(end, loop) as any Load : Filler(end, loop) as any Load
        end.ready = {
            load.begin()
            loop.schedule(after: .seconds(seconds)) { loop.stop() }
        }
        try loop.run()
        print(load.report)
    }

    static var key: SecretBytes { SecretBytes([UInt8](repeating: 3, count: 32)) }
}

struct Usage: Error {}

/// One of the two ends, whatever carries its bytes.
protocol LoadEnd: AnyObject {
    /// There is a connection.
    var ready: () -> Void { get set }
    /// Bytes came: a message, or a piece of a stream.
    var received: ([UInt8]) -> Void { get set }
    /// There is room for more.
    var drained: () -> Void { get set }
    /// - Returns: how many bytes were taken.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Int
}

protocol Load {
    func begin()
    var report: String { get }
}

final class Pinger: Load {
    private let end: any LoadEnd
    private let loop: EventLoop
    private var sentAt = Instant(nanoseconds: 0)
    private var missing = 0
    private var times: [Int64] = []

    init(_ end: any LoadEnd, _ loop: EventLoop) {
        self.end = end
        self.loop = loop
        end.received = { [unowned self] bytes in
            missing -= bytes.count
            guard missing == 0 else { return }
            times.append((loop.now - sentAt).nanoseconds / 1_000)
            begin()
        }
    }

    func begin() {
        sentAt = loop.now
        missing = LinkLoad.pingLength
        end.send([UInt8](repeating: 1, count: missing))
    }

    var report: String {
        let sorted = times.sorted()
        guard !sorted.isEmpty else { return "no answers" }
        return "count=\(sorted.count) p50_us=\(sorted[sorted.count / 2]) "
            + "p99_us=\(sorted[sorted.count * 99 / 100])"
    }
}

final class Filler: Load {
    private let end: any LoadEnd
    private let loop: EventLoop
    private let message = [UInt8](repeating: 1, count: LinkLoad.messageLength)
    private var began = Instant(nanoseconds: 0)
    private var count = 0

    init(_ end: any LoadEnd, _ loop: EventLoop) {
        self.end = end
        self.loop = loop
        end.drained = { [unowned self] in fill() }
    }

    func begin() {
        began = loop.now
        fill()
    }

    private func fill() {
        while true {
            let taken = end.send(message)
            count += taken
            if taken < message.count { return }
        }
    }

    var report: String {
        let microseconds = max(1, (loop.now - began).nanoseconds / 1_000)
        return "mb_per_s=\(Int64(count) / microseconds)"
    }
}
