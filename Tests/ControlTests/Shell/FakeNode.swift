import SRMUDP
import TestSupport
import Testing

@testable import Control

/// Answers at the control socket of a home as its test says.
final class FakeNode: ControlHandler {
    let loop: EventLoop
    let home: HomeDirectory
    /// Answers calls; what it leaves alone stays without an answer until `release`.
    var answers: [String: (ControlCall) -> Void] = [:]
    /// Methods with parameters, but for those by which a shell learns names.
    private(set) var calls: [String] = []
    private(set) var held: [ControlCall] = []
    private var server: ControlServer?
    private let folder = TemporaryHome()

    init() throws {
        loop = try EventLoop()
        home = try folder.prepared()
        try start()
    }

    func start() throws {
        server = try ControlServer(
            path: home.state + "/control", loop: loop, logger: .silent, handler: self)
    }

    deinit { end() }

    func end() {
        server?.close()
        server = nil
        held = []
    }

    func handle(_ call: ControlCall) {
        if !["peers.list", "node.status"].contains(call.method) { calls.append(call.method) }
        if let answer = answers[call.method] {
            answer(call)
        } else if ["peers.list", "node.status", "events.subscribe", "events.unsubscribe"]
            .contains(call.method)
        {
            call.answer(.object([]))
        } else {
            held.append(call)
        }
    }

    /// Answers what waits.
    func release() {
        for call in held { call.answer(.object([])) }
        held = []
    }

    func connect() throws(CommandError) -> ControlClient? {
        do throws(SystemError) {
            return try ControlClient(path: home.state + "/control", loop: loop)
        } catch {
            return nil
        }
    }

    /// Runs the loop until `condition` holds, which has to be within 2000 turns.
    func wait(_ condition: () -> Bool) throws {
        for _ in 0..<2_000 {
            if condition() { return }
            try loop.runTurn(waitingAtMost: .milliseconds(10))
        }
        try #require(condition(), "what is waited for has not come")
    }
}
