import Forwarding
import SRMUDP
import Testing

@testable import Control

@Suite("ControlClient", .serialized)
struct ControlClientTests {
    private static func text(_ text: String) -> JSONValue { .object([("text", .string(text))]) }

    @Test("a call is answered or fails")
    func calls() throws {
        let world = try ControlWorld()
        let client = try world.connect()

        #expect(try client.callAndWait("echo", Self.text("a\nb")) == .string("a\nb"))
        let error = #expect(throws: ControlError.self) { try client.callAndWait("echo") }
        #expect(error?.message == "params: 'text' is missing")
        client.close()
        try world.run { world.server?.clientCount == 0 }
    }

    @Test("answers find their calls in any order")
    func order() throws {
        let world = try ControlWorld()
        let client = try world.connect()
        var answers: [String] = []
        for name in ["a", "b"] {
            client.call(name) { if case .success(let value) = $0 { answers.append(value.text) } }
        }
        try world.run { world.calls.count == 2 }

        world.calls.removeLast().answer(.number(2))
        world.calls.removeLast().answer(.number(1))

        try world.run { answers.count == 2 }
        #expect(answers == ["2", "1"])
    }

    @Test("notifications arrive, and progress names its call")
    func notifications() throws {
        let world = try ControlWorld { call, _ in
            call.progress([("part", .number(1))])
            call.client.notify("event", .object([]))
            call.answer()
        }
        let client = try world.connect()
        var seen: [String] = []
        client.notified = { seen.append("\($0) \($1.text)") }
        var isDone = false

        let id = client.call("work") { _ in isDone = true }

        try world.run { isDone }
        #expect(seen == [#"progress {"call":\#(id),"part":1}"#, "event {}"])
    }

    @Test("when the node goes, calls fail and the client is told, once")
    func loss() throws {
        let world = try ControlWorld()
        let client = try world.connect()
        var told: [String] = []
        client.whenLost = { told.append("lost") }
        client.call("slow") { if case .failure(let error) = $0 { told.append(error.message) } }
        try world.run { !world.calls.isEmpty }
        var isGone = false
        world.calls[0].connection?.whenGone { isGone = true }

        world.close()
        world.calls.removeFirst().answer()

        try world.run { told.count == 2 }
        #expect(told == ["control: the connection to the node is gone", "lost"] && isGone)
        let error = #expect(throws: ControlError.self) { try client.callAndWait("echo") }
        #expect(error == .lost)
    }

    @Test("a node that has enough clients says so")
    func busy() throws {
        let world = try ControlWorld()
        let others = try (0..<ControlLimits.clients).map { _ in try world.connectRaw() }
        try world.run { world.server?.clientCount == others.count }

        let client = try world.connect()
        let error = #expect(throws: ControlError.self) {
            try client.callAndWait("echo", Self.text("a"))
        }

        #expect(error == .busy)
    }

    @Test("a node that does not answer is waited for no longer than patience lasts")
    func patience() throws {
        let world = try ControlWorld()
        let client = try world.connect()

        let error = #expect(throws: ControlError.self) {
            try client.callAndWait("slow", patience: .milliseconds(20))
        }

        #expect(error?.code == 4)
        client.close()
        try world.run { world.server?.clientCount == 0 }
        world.calls = []
    }

    @Test("without a node there is an error that tells why")
    func absence() throws {
        let world = try ControlWorld()
        world.close()

        let error = #expect(throws: SystemError.self) { try world.connect() }

        #expect(error?.code == ErrorNumber.noSuchFile)
    }

    @Test("what comes behind the answer is left to who takes the socket")
    func takenSocket() throws {
        var served: TCPSocket?
        var goneCount = 0
        let world = try ControlWorld { call, _ in
            guard let connection = call.connection else { return }
            connection.whenGone { [unowned connection] in goneCount += connection.isOpen ? 0 : 1 }
            call.answer()
            served = connection.takeSocket()
            let greeting = ByteStorage([UInt8]("hello".utf8))
            _ = served?.write(from: greeting, 0..<5)
        }
        let client = try world.connect()
        var taken: TCPSocket?

        client.call("open", takesSocket: true) { _ in taken = client.takeSocket() }
        try world.run { taken != nil }

        let socket = try #require(taken)
        var part = ByteStorage(count: 16)
        #expect(socket.read(into: &part, 0..<16) == .bytes(5))
        #expect(part.array(0..<5) == [UInt8]("hello".utf8))
        #expect(world.server?.clientCount == 0 && !client.isOpen && goneCount == 1)
        try #require(served).close()
        #expect(socket.read(into: &part, 0..<16) == .end)
    }

    @Test("whoever takes a call over answers it in the same form")
    func takenCall() throws {
        let world = try ControlWorld { call, _ in
            let id = call.id ?? .null
            guard let socket = call.takeOver() else { return }
            let line = ByteStorage(ControlMessage.answer(id: id, result: .bool(true)).line)
            _ = socket.write(from: line, 0..<line.count)
        }
        let client = try world.connect()

        #expect(try client.callAndWait("open") == .bool(true))
        #expect(world.server?.clientCount == 0)
    }

    @Test("a socket on which more was said than the call is not given away")
    func eagerClient() throws {
        var isRefused = false
        let world = try ControlWorld { call, _ in
            call.answer()
            isRefused = call.connection?.takeSocket() == nil
        }
        let client = try world.connectRaw()

        client.send(#"{"jsonrpc":"2.0","id":1,"method":"open"}"# + "\nGET /")

        try world.run { isRefused }
        try world.run { world.server?.clientCount == 0 }
        #expect(try client.line()?["result"] != nil)
        #expect(try client.line() == nil)
    }
}
