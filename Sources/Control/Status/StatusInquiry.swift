internal import Glibc
import SRMUDP

/// Asks all running processes of a home what they do: its node, and those that run by themselves.
struct StatusInquiry {
    private static let patience: Interval = .seconds(5)

    let home: HomeDirectory
    let loop: EventLoop
    /// Is told of processes that do not answer.
    let complain: (String) -> Void

    /// What each of them answers to `node.status`, the node first.
    func ask(listsFlows: Bool) throws(CommandError) -> [JSONValue] {
        var answers: [JSONValue] = []
        for path in sockets {
            guard let client = try connect(to: path) else { continue }
            defer { client.close() }
            do throws(ControlError) {
                answers.append(
                    try client.callAndWait(
                        "node.status", .object([("flows", .bool(listsFlows))]),
                        patience: Self.patience))
            } catch {
                complain("\(path): \(error.message)")
            }
        }
        return answers
    }

    /// The sockets in the home, in the order of their names.
    private var sockets: [String] {
        let others = FolderListing.names(in: home.state).filter { name in
            let suffix = name.dropFirst(ProcessStatus.prefix.count)
            return name.hasPrefix(ProcessStatus.prefix) && Int32(suffix) != nil
        }
        return [home.control] + others.map { "\(home.state)/\($0)" }
    }

    /// Whether the process is gone whose socket this is. One that is there may be about to listen.
    private func hasEnded(_ path: String) -> Bool {
        let number = path.dropFirst(home.state.count + 1 + ProcessStatus.prefix.count)
        guard path != home.control, let process = Int32(number) else { return false }
        return kill(process, 0) != 0 && errno == ESRCH
    }

    /// - Returns: nil if nobody listens there; the file of a process that has ended is removed.
    private func connect(to path: String) throws(CommandError) -> ControlClient? {
        do throws(SystemError) {
            return try ControlClient(path: path, loop: loop)
        } catch {
            switch error.code {
            case ErrorNumber.noSuchFile: break
            case ErrorNumber.connectionRefused:
                // The node's own is put in order by the next node, under its lock.
                if hasEnded(path) { FileDescriptor.removeLocalSocket(atPath: path) }
            default: complain("\(path): \(error)")
            }
            return nil
        }
    }
}
