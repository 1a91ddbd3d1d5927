import Forwarding
import Foundation
import SRMUDP
import Testing

@testable import Control

@Suite("ControlServer", .serialized)
struct ControlServerTests {
    private static func echo(_ id: Int, _ text: String = "x") -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"echo","params":{"text":"\#(text)"}}"# + "\n"
    }

    // MARK: Framing

    @Test("two requests in one piece are answered in their order")
    func twoInOne() throws {
        let world = try ControlWorld()
        let client = try world.connectRaw()

        client.send(Self.echo(1, "a") + Self.echo(2, "b"))

        #expect(try client.line()?.text == #"{"jsonrpc":"2.0","id":1,"result":"a"}"#)
        #expect(try client.line()?.text == #"{"jsonrpc":"2.0","id":2,"result":"b"}"#)
    }

    @Test("a request may come one byte at a time")
    func oneByteAtATime() throws {
        let world = try ControlWorld()
        let client = try world.connectRaw()

        for byte in Self.echo(1).utf8 {
            client.send([byte])
            try world.loop.runTurn(waitingAtMost: .milliseconds(5))
        }

        #expect(try client.line()?["result"] == .string("x"))
    }

    @Test("a line of the greatest length is taken, a longer one ends the connection")
    func tooLong() throws {
        let world = try ControlWorld()
        let client = try world.connectRaw()
        let room = ControlLimits.line - Self.echo(1, "").utf8.count + 1
        client.send(Self.echo(1, String(repeating: "y", count: room)))
        #expect(try client.line()?["result"]?.stringValue?.count == room)

        client.send([UInt8](repeating: UInt8(ascii: "y"), count: 100_000))

        let error = try client.line()?["error"]
        #expect(error?["code"] == .number(-32_600))
        #expect(error?["message"] == .string("request: a line has 65536 bytes at most"))
        #expect(try client.line() == nil)
    }

    @Test("junk is answered with an error, and the next line is a request again")
    func junk() throws {
        let world = try ControlWorld()
        let client = try world.connectRaw()

        client.send([0, 255, 254, 10] + [UInt8]("\n[]\n".utf8) + [UInt8](Self.echo(3).utf8))

        let codes = try (0..<3).map { _ in try client.line()?["error"]?["code"]?.integerValue }
        #expect(codes == [-32_700, -32_700, -32_600])
        #expect(try client.line()?["id"] == .number(3))
    }

    @Test("half a request at the end is an error, and what was asked before is answered")
    func halfAtEnd() throws {
        let world = try ControlWorld()
        let client = try world.connectRaw()

        client.send(Self.echo(1) + #"{"jsonrpc":"2.0","#)
        client.socket.shutdownWrite()

        #expect(try client.line()?["id"] == .number(1))
        #expect(try client.line()?["error"]?["message"] == .string("request: the line has no end"))
        #expect(try client.line() == nil)
        #expect(world.server?.clientCount == 0)
    }

    @Test("who has said everything still gets the answers that take their time")
    func halfClosed() throws {
        let world = try ControlWorld()
        let client = try world.connectRaw()
        client.send(#"{"jsonrpc":"2.0","id":1,"method":"slow"}"# + "\n")
        client.socket.shutdownWrite()
        try world.run { !world.calls.isEmpty }
        for _ in 0..<3 { try world.loop.runTurn(waitingAtMost: .zero) }

        world.calls.removeFirst().answer(.bool(true))

        #expect(try client.line()?["result"] == .bool(true))
        #expect(try client.line() == nil)
    }

    @Test("a request without an id is carried out without an answer, also for who has left")
    func notification() throws {
        let world = try ControlWorld()
        let client = try world.connectRaw()

        client.send(#"{"jsonrpc":"2.0","method":"quiet"}"# + "\n")
        client.socket.close()

        try world.run { !world.calls.isEmpty }
        try world.run { world.server?.clientCount == 0 }
        #expect(world.calls.map(\.method) == ["quiet"])
        world.calls.removeFirst().answer()
    }

    // MARK: Limits

    @Test("64 of 1000 idle clients are kept, the others are told that the node is busy")
    func idleClients() throws {
        let world = try ControlWorld()
        var kept: [RawControlClient] = []
        var busyCount = 0

        for _ in 0..<1000 {
            let client = try world.connectRaw()
            try world.loop.runTurn(waitingAtMost: .milliseconds(5))
            if kept.count < ControlLimits.clients {
                kept.append(client)
                try world.run { world.server?.clientCount == kept.count }
            } else if try client.line()?["error"]?["code"] == .number(-32_000) {
                #expect(try client.line() == nil)
                busyCount += 1
            }
        }
        #expect(busyCount == 936)

        kept.removeLast().socket.close()
        try world.run { world.server?.clientCount == 63 }
        let next = try world.connectRaw()
        next.send(Self.echo(1))
        #expect(try next.line()?["id"] == .number(1))
    }

    @Test("a client that does not read is dropped at 1 MiB, and that not in the midst of a call")
    func silentReader() throws {
        let world = try ControlWorld()
        let client = try world.connectRaw()
        client.send(#"{"jsonrpc":"2.0","id":1,"method":"slow"}"# + "\n")
        try world.run { !world.calls.isEmpty }
        let connection = try #require(world.calls[0].connection)
        var isGone = false
        connection.whenGone { isGone = true }
        let event = JSONValue.string(String(repeating: "e", count: 1000))

        var sent = 0
        while connection.isOpen, sent < 10_000_000 {
            connection.notify("event", event)
            sent += 1000
            #expect(!isGone)
            try world.loop.runTurn(waitingAtMost: .zero)
        }

        // The system's buffer takes some of it.
        #expect((1_000_000..<2_500_000).contains(sent))
        try world.run { isGone }
        #expect(world.server?.clientCount == 0)
        world.calls.removeFirst().answer()
    }

    @Test("nobody is dropped for one long answer, and events behind it")
    func longAnswer() throws {
        let world = try ControlWorld()
        let client = try world.connectRaw()
        client.send(#"{"jsonrpc":"2.0","id":1,"method":"slow"}"# + "\n")
        try world.run { !world.calls.isEmpty }
        let call = world.calls.removeFirst()

        call.answer(.string(String(repeating: "a", count: 2_000_000)))
        let event = JSONValue.string(String(repeating: "e", count: 1000))
        for _ in 0..<900 { call.client.notify("event", event) }

        #expect(try client.line()?["result"]?.stringValue?.utf8.count == 2_000_000)
        for _ in 0..<900 { #expect(try client.line()?["method"] == .string("event")) }
    }

    @Test("who asks for much at once is answered at the pace at which it reads")
    func pipelining() throws {
        let world = try ControlWorld()
        let client = try world.connectRaw()
        let text = String(repeating: "z", count: 30_000)

        var sent = 0
        var idleTurns = 0
        var rest = [UInt8]((1...200).map { Self.echo($0, text) }.joined().utf8)
        while sent < 3_000_000, idleTurns < 50 {
            let count = client.send(rest)
            rest.removeFirst(count)
            sent += count
            try world.loop.runTurn(waitingAtMost: .zero)
            idleTurns = count == 0 ? idleTurns + 1 : 0
        }

        // Reading has stopped long before everything was sent, and goes on with the client's.
        #expect(sent < 3_000_000)
        for id in 1...200 {
            #expect(try client.line()?["id"] == .number(Int64(id)))
            rest.removeFirst(client.send(rest))
        }
    }

    @Test("64 calls may wait for their answers")
    func unansweredCalls() throws {
        let world = try ControlWorld()
        let client = try world.connectRaw()

        for id in 0...64 {
            client.send(#"{"jsonrpc":"2.0","id":\#(id),"method":"slow"}"# + "\n")
        }

        let refused = try client.line()
        #expect(refused?["id"] == .number(64) && refused?["error"]?["code"] == .number(-32_000))
        #expect(world.calls.count == 64)
        for call in world.calls { call.answer() }
        world.calls = []
        client.send(Self.echo(65))
        for _ in 0..<64 { #expect(try client.line()?["result"] != nil) }
        #expect(try client.line()?["id"] == .number(65))
    }

    // MARK: Who may

    @Test("another user is turned away without a word")
    func otherUser() throws {
        let world = try ControlWorld(user: 54_321)
        let client = try world.connectRaw()
        client.send(Self.echo(1))

        #expect(try client.line() == nil)
        #expect(world.server?.clientCount == 0)
    }

    @Test("the file is private and goes away, the lock names the process")
    func files() throws {
        let world = try ControlWorld()
        #expect(try world.temporary.mode(of: "control") == 0o600)
        #expect(try world.temporary.bytes(of: "control.lock") == [UInt8]("\(getpid())\n".utf8))

        world.close()

        #expect(try world.temporary.names() == ["control.lock"])
    }

    @Test("a stale socket is replaced, a living one is not")
    func staleSocket() throws {
        let world = try ControlWorld()
        let error = #expect(throws: CommandError.self) { try world.listen() }
        #expect(error?.why == "already running (pid \(getpid()))")
        #expect(error?.exitCode == .localError)

        world.close()
        do {
            let stale = try FileDescriptor.localSocket()
            try stale.listen(atPath: world.path)
        }
        #expect(try world.temporary.names() == ["control", "control.lock"])
        let server = try world.listen()
        let client = try world.connectRaw()
        client.send(Self.echo(1))
        #expect(try client.line()?["id"] == .number(1))
        server.close()
    }

    @Test("a living socket without a lock is not taken from its owner")
    func foreignSocket() throws {
        let world = try ControlWorld()
        world.close()
        let foreign = try FileDescriptor.localSocket()
        try foreign.listen(atPath: world.path)

        let error = #expect(throws: CommandError.self) { try world.listen() }
        #expect(error?.why == "already running")
        _ = try TCPSocket(connectingTo: world.path, loop: world.loop)
        _ = consume foreign
    }

    @Test("what is not a socket stays where it is, and a long path is refused")
    func otherFiles() throws {
        let world = try ControlWorld()
        world.close()
        let target = world.temporary.path + "/target"

        for makeFile in [
            { try world.temporary.write([1], to: "control") },
            {
                try FileManager.default.createSymbolicLink(
                    atPath: world.path, withDestinationPath: target)
            },
        ] as [() throws -> Void] {
            try makeFile()
            let error = #expect(throws: CommandError.self) { try world.listen() }
            #expect(error?.exitCode == .usage && error?.why.contains("not a socket") == true)
            try FileManager.default.removeItem(atPath: world.path)
        }
        let error = #expect(throws: CommandError.self) {
            try ControlServer(
                path: "/tmp/" + String(repeating: "p", count: 103), loop: world.loop,
                logger: .silent, handler: world)
        }
        #expect(error?.exitCode == .usage)
    }
}
