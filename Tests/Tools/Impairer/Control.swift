import CTools
import Glibc
import ToolSupport

/// Runs a carrier until SIGINT, SIGTERM or `quit`, and obeys commands on standard input.
///
/// A command is one line: `[up|down] NAME VALUE` for an impairment, `[up|down] blackout SECONDS`,
/// `rebind`, `stats`, `quit`.
struct Control {
    static let tokenCount = 2
    private static let signalToken = 0
    private static let inputToken = 1
    /// Packets due within this time are not waited for one by one: a wake-up costs more.
    private static let slackNanoseconds: Int64 = 50_000

    private let carrier: any Carrier
    private let poller: Poller
    private let signals: Int32
    private let endsWithInput: Bool
    private var input: [UInt8] = []
    private var isRunning = true

    init(carrier: any Carrier, endsWithInput: Bool) throws {
        self.carrier = carrier
        self.endsWithInput = endsWithInput
        poller = try Poller()
        signals = try SystemError.check(tools_signal_descriptor(), "signalfd")
        try poller.add(signals, token: Self.signalToken, .reading)
        try carrier.register(with: poller)
        // A file or /dev/null as standard input cannot be polled, and no commands come from it.
        if poller.canAdd(0, token: Self.inputToken) {
            try SystemError.check(tools_set_nonblocking(0), "fcntl")
        }
    }

    mutating func run() throws {
        Tool.say(carrier.introduction)
        while isRunning {
            let due = carrier.emulator.nextDue
            let timeout = due == .max ? -1 : max(due - Tool.now, 0) + Self.slackNanoseconds
            let count = try poller.wait(nanoseconds: timeout)
            let now = Tool.now
            for index in 0..<count { try handle(poller.event(at: index).token, now: now) }
            carrier.deliver(now: Tool.now)
        }
        Tool.say("\(carrier.emulator.statistics)")
    }

    private mutating func handle(_ token: Int, now: Int64) throws {
        switch token {
        case Self.signalToken: isRunning = false
        case Self.inputToken: try readInput(now: now)
        default: try carrier.receive(token: token, now: now)
        }
    }

    private mutating func readInput(now: Int64) throws {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(0, &bytes, bytes.count)
        if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) {
            poller.remove(0)
            isRunning = !endsWithInput
        }
        guard count > 0 else { return }
        input += bytes[..<count]
        while let end = input.firstIndex(of: 10) {
            let line = String(decoding: input[..<end], as: UTF8.self)
            input.removeSubrange(...end)
            do {
                try obey(line.split(separator: " ").map(String.init), now: now)
            } catch let error as UsageError {
                Tool.complain("impairer: \(error)")
            }
        }
    }

    private mutating func obey(_ words: [String], now: Int64) throws {
        var words = words[...]
        var links = [carrier.emulator.up, carrier.emulator.down]
        if words.first == "up" { links = [carrier.emulator.up] }
        if words.first == "down" { links = [carrier.emulator.down] }
        if links.count == 1 { words = words.dropFirst() }
        switch (words.first, words.dropFirst().first, words.count) {
        case (nil, _, _): break
        case ("quit", nil, _): isRunning = false
        case ("stats", nil, _): Tool.say("\(carrier.emulator.statistics)")
        case ("rebind", nil, _): try carrier.rebind(poller: poller)
        case ("blackout", let seconds?, 2):
            guard let seconds = Double(seconds), seconds >= 0, seconds < 1e9 else {
                throw UsageError("blackout needs a number of seconds")
            }
            for link in links { link.blackOut(until: now + Int64(seconds * 1e9)) }
        case (let name?, let value?, 2):
            for link in links { try link.impairments.set(name, to: value) }
        default: throw UsageError("cannot make sense of: \(words.joined(separator: " "))")
        }
    }
}
