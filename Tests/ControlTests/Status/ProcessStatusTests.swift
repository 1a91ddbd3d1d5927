import SRMUDP
import Testing

@testable import Control

@Suite struct ProcessStatusTests {
    @Test("a process tells its status and what it is, and nothing else")
    func methods() throws {
        let folder = TemporaryHome()
        let home = try folder.prepared()
        let loop = try EventLoop()
        var asked: [Bool] = []
        let status = ProcessStatus(folder: home.state, loop: loop, logger: .silent) { listsFlows in
            asked.append(listsFlows)
            return StatusSamples.full
        }
        try withExtendedLifetime((folder, status)) {
            let name = try #require(
                FolderListing.names(in: home.state).first { $0.hasPrefix("control.") })
            let client = try ControlClient(path: "\(home.state)/\(name)", loop: loop)
            defer { client.close() }

            let answer = try client.callAndWait("node.status", .object([("flows", .bool(true))]))
            #expect(StatusReport(answer) == StatusSamples.full)
            let info = try client.callAndWait("node.info", .object([]))
            #expect(info["command"]?.stringValue == "serve" && info["pid"]?.integerValue == 12)
            #expect(asked == [true, false])
            #expect(throws: ControlError.self) {
                try client.callAndWait("node.stop", .object([]))
            }
            #expect(throws: ControlError.self) {
                try client.callAndWait("node.status", .object([("flow", .bool(true))]))
            }
        }
    }
}
