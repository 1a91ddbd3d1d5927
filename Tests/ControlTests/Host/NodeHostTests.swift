import Forwarding
import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite("Hosts of nodes")
struct NodeHostTests {
    private let temporary = TemporaryHome()
    private let random = SeededRandomSource(seed: 41)

    private func makeHost(_ runner: NodeRunner) throws -> NodeHost {
        let context = CommandContext(
            home: try temporary.prepared(), random: random, now: Sample.now, label: "tester",
            candidates: { [] }, readInput: { "" }, output: { _ in }, report: { _ in })
        var node = Node.Options(label: "tester", meeting: MeetingSettings())
        node.keepsPort = true
        return try NodeHost(
            options: NodeHost.Options(command: "serve", node: node), runner: runner,
            context: context, logger: .silent)
    }

    /// Another process may be waiting for just this moment, and ours has not ended yet.
    @Test("another node finds everything free once the run has ended")
    func nextNode() throws {
        let runner = try NodeRunner()
        let first = try makeHost(runner)
        let address = first.node.address
        runner.loop.schedule(after: .zero) { runner.end() }
        #expect(try first.run() == .success)

        let next = try makeHost(try NodeRunner())

        #expect(next.node.address == address)
        withExtendedLifetime(first) {}
    }
}
