import SRMUDP

/// `p2pfwd handover`: has another program go on with the running node, and waits until it does.
struct HandoverCommand {
    /// Longer than a node waits for what is in the way.
    private static let patience: Interval = .seconds(15)
    private static let startTime: Interval = .seconds(10)

    /// An absolute path; nil: where the node's own program was.
    let program: String?
    let context: CommandContext

    func run() throws(CommandError) -> ExitCode {
        let visit = try NodeVisit("handover", context: context)
        let before = try visit.call("node.info")
        let parameters: [JSONValue.Member] = program.map { [("program", .string($0))] } ?? []
        do throws(ControlError) {
            // The connection ends with the program; an answer says what is in the way.
            _ = try visit.client.callAndWait(
                "node.handover", .object(parameters), patience: Self.patience)
        } catch ControlError.lost {
        } catch {
            throw error.commandError
        }
        let after = try infoOfNext()
        guard after["pid"] == before["pid"] else {
            throw CommandError(
                "handover", "the node has ended, and another one was started", .failure)
        }
        context.report("version \(after["version"]?.stringValue ?? "?") goes on with the node")
        return .success
    }

    private func infoOfNext() throws(CommandError) -> JSONValue {
        do throws(SystemError) {
            let loop = try EventLoop()
            let access = NodeAccess(context: context, loop: loop)
            let deadline = loop.now + Self.startTime
            while loop.now < deadline {
                if let info = try? access.connectIfRunning()?.callAndWait("node.info") {
                    return info
                }
                loop.schedule(after: .milliseconds(50)) {}
                try loop.runTurn(waitingAtMost: .milliseconds(50))
            }
        } catch {
            throw CommandError("handover", "\(error)", .localError)
        }
        throw CommandError(
            "handover", "the node does not answer any more", hint: "see its log", .localError)
    }
}
