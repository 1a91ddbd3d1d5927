import Glibc
import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

@Suite(.serialized) struct StandardStreamsForwardTests {
    /// Two pipes in place of the standard streams, and the ends of them that are the test's.
    private final class Shell {
        let streams: StandardStreams
        let loop: EventLoop
        private var toInput: Int32
        private let fromOutput: Int32
        private(set) var output: [UInt8] = []
        private(set) var hasEnded = false

        init(_ loop: EventLoop, inputFile: Int32? = nil) throws {
            self.loop = loop
            let input = try Self.makePipe()
            let output = try Self.makePipe()
            toInput = input.write
            fromOutput = output.read
            if inputFile != nil { Glibc.close(input.read) }
            streams = StandardStreams(
                input: FileDescriptor(owning: inputFile ?? input.read),
                output: FileDescriptor(owning: output.write), loop: loop)
        }

        deinit {
            endInput()
            Glibc.close(fromOutput)
        }

        func say(_ bytes: [UInt8]) { _ = Glibc.write(toInput, bytes, bytes.count) }

        func endInput() {
            if toInput >= 0 { Glibc.close(toInput) }
            toInput = -1
        }

        func poll() {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = read(fromOutput, &buffer, buffer.count)
            if count == 0 { hasEnded = true }
            if count > 0 { output += buffer[..<count] }
        }

        private static func makePipe() throws -> (read: Int32, write: Int32) {
            var ends: [Int32] = [0, 0]
            let result = pipe(&ends)
            try #require(result == 0)
            for end in ends {
                _ = fcntl(end, F_SETFL, O_NONBLOCK)
                _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            }
            return (ends[0], ends[1])
        }
    }

    private func forward(
        _ fixture: Fixture, _ shell: Shell, ended: @escaping (StandardStreamsEnd) -> Void
    ) -> StandardStreamsForward {
        fixture.forward.attach(nil)
        let forward = StandardStreamsForward(
            request: fixture.target, streams: shell.streams, ended: ended)
        forward.attach(fixture.world.client)
        return forward
    }

    @Test("input goes to the target, its answer to the output, and both ends end the flow")
    func roundTrip() throws {
        let fixture = try Fixture(isEcho: true)
        let shell = try Shell(fixture.world.loop)
        var end: StandardStreamsEnd?
        let forward = forward(fixture, shell) { end = $0 }

        shell.say([1, 2, 3])
        try fixture.world.run {
            shell.poll()
            return shell.output.count == 3
        }
        #expect(end == nil)
        shell.endInput()
        try fixture.world.run {
            shell.poll()
            return end != nil && shell.hasEnded
        }

        #expect(shell.output == [1, 2, 3])
        #expect(end == .complete)
        withExtendedLifetime(forward) {}
    }

    @Test("a file, which cannot be waited for, is read to its end")
    func file() throws {
        let fixture = try Fixture(isEcho: true)
        let content = SeededRandomSource(seed: 7).bytes(count: 700_000)
        let pattern = "/tmp/p2pfwd-input-" + String(repeating: "X", count: 6)
        var path = Array(pattern.utf8CString)
        let number = mkstemp(&path)
        try #require(number >= 0)
        unlink(path)
        #expect(Glibc.write(number, content, content.count) == content.count)
        lseek(number, 0, SEEK_SET)
        let shell = try Shell(fixture.world.loop, inputFile: number)
        var end: StandardStreamsEnd?
        let forward = forward(fixture, shell) { end = $0 }

        try fixture.world.run {
            shell.poll()
            return end != nil && shell.hasEnded
        }

        #expect(shell.output == content)
        #expect(end == .complete)
        withExtendedLifetime(forward) {}
    }

    @Test("a reader that stalls stops the peer, and nothing is lost")
    func backPressure() throws {
        let fixture = try Fixture()
        let shell = try Shell(fixture.world.loop)
        let content = SeededRandomSource(seed: 8).bytes(count: 2 << 20)
        var end: StandardStreamsEnd?
        let forward = forward(fixture, shell) { end = $0 }
        try fixture.world.run { !fixture.peers.isEmpty }
        fixture.peers[0].send(content, end: true)
        try fixture.world.settle { fixture.world.pair.bufferedBytes }
        #expect(end == nil)
        #expect(fixture.world.pair.bufferedBytes == fixture.world.pair.window)

        shell.endInput()
        try fixture.world.run {
            shell.poll()
            return end != nil && shell.hasEnded
        }

        #expect(shell.output == content)
        withExtendedLifetime(forward) {}
    }

    @Test("a refusal is the end, with the reason")
    func refused() throws {
        let fixture = try Fixture(connector: RefusingConnector())
        let shell = try Shell(fixture.world.loop)
        var end: StandardStreamsEnd?
        let forward = forward(fixture, shell) { end = $0 }

        try fixture.world.run { end != nil }

        #expect(end == .refused(OpenReply(.notPermitted)))
        withExtendedLifetime(forward) {}
    }

    @Test("two pipes are joined, whichever side asks first", arguments: [0, 1])
    func pipes(first: Int) throws {
        let doors = [PipeDoor(), PipeDoor()]
        let world = try ForwardingWorld(clientConnector: doors[0]) { _ in doors[1] }
        let shells = [try Shell(world.loop), try Shell(world.loop)]
        var ends: [StandardStreamsEnd?] = [nil, nil]
        for side in 0..<2 {
            doors[side].pipe = PipeForward(streams: shells[side].streams) { ends[side] = $0 }
        }
        doors[first].pipe?.attach(first == 0 ? world.client : world.server)
        doors[1 - first].pipe?.attach(first == 0 ? world.server : world.client)

        shells[0].say([1])
        shells[1].say([2])
        shells[0].endInput()
        shells[1].endInput()
        try world.run {
            for shell in shells { shell.poll() }
            return ends.allSatisfy { $0 != nil } && shells.allSatisfy(\.hasEnded)
        }

        #expect(shells[0].output == [2])
        #expect(shells[1].output == [1])
        #expect(ends == [.complete, .complete])
    }

    @Test("without a pipe at the peer the reason is told", arguments: [0, 1])
    func noPipe(side: Int) throws {
        let world = try ForwardingWorld { _ in RequestRouter(targets: RefusingConnector()) }
        let shell = try Shell(world.loop)
        var end: StandardStreamsEnd?
        let pipe = PipeForward(streams: shell.streams) { end = $0 }

        pipe.attach(side == 0 ? world.client : world.server)
        try world.run { end != nil }

        guard case .refused = end else {
            Issue.record("\(String(describing: end))")
            return
        }
    }
}

/// Leads to a pipe that is made later.
private final class PipeDoor: TargetConnector {
    var pipe: PipeForward?

    func connect(
        to request: OpenRequest, completion: @escaping (ConnectOutcome) -> Void
    ) -> any ConnectAttempt {
        RequestRouter(targets: RefusingConnector()) { self.pipe }
            .connect(to: request, completion: completion)
    }
}
