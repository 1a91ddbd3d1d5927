import Forwarding
internal import Glibc
import SRMUDP

/// Answers for a process that is not the node of its home: a command that runs by itself, or a
/// rendezvous server.
///
/// It listens at `control.PID` and knows the methods `node.info` and `node.status`.
final class ProcessStatus {
    static let prefix = "control."
    private static let methods = ["node.info", "node.status"]

    private let folder: String
    private let loop: EventLoop
    private let started = Program.now()
    private let report: (_ listsFlows: Bool) -> StatusReport
    private var server: ControlServer?

    /// - Parameters:
    ///   - folder: the home's state folder, which is ours alone.
    ///   - report: makes the answer.
    init(
        folder: String, loop: EventLoop, logger: Logger,
        report: @escaping (_ listsFlows: Bool) -> StatusReport
    ) {
        self.folder = folder
        self.loop = loop
        self.report = report
        do throws(CommandError) {
            server = try ControlServer(
                path: "\(folder)/\(Self.prefix)\(getpid())", loop: loop, logger: logger,
                isContested: false, handler: self)
        } catch {
            // Everything but `p2pfwd status` works without it.
            logger.warning("p2pfwd status cannot be answered: \(error.what): \(error.why)")
        }
    }

    deinit { server?.close() }

    /// Tells about a node, and the forwards that it is there for.
    convenience init(
        of node: Node, command: String,
        groups: @escaping () -> [(name: String, group: ForwardGroup)]
    ) {
        self.init(folder: node.context.home.state, loop: node.loop, logger: node.logger) {
            [unowned node] listsFlows in
            node.statusReport(
                command: command,
                groups: groups().map { StatusReport.Group($0.group, name: $0.name, isKept: false) },
                listsFlows: listsFlows
            ) { origin in
                node.namedOrigins().first { $0.origin === origin }?.name
            }
        }
    }

    private var info: JSONValue {
        let report = report(false)
        return .object([
            ("version", .string(Version.text)), ("protocol", .number(1)),
            ("pid", .number(report.processID)), ("id", .string(report.id)),
            ("address", .string(report.address)), ("home", .string(folder)),
            ("command", .string(report.command)), ("started", .string("\(started)")),
            ("uptimeSeconds", .number(report.uptimeSeconds)), ("isKept", .bool(true)),
        ])
    }
}

extension ProcessStatus: ControlHandler {
    func handle(_ call: ControlCall) {
        do throws(ControlError) {
            switch call.method {
            case "node.info":
                try call.parameters.expect([])
                call.answer(info)
            case "node.status":
                try call.parameters.expect(["flows"])
                call.answer(report(try call.parameters.flag("flows")).json)
            default:
                throw .unknownMethod(
                    call.method, nearest: nearest(to: call.method, among: Self.methods))
            }
        } catch {
            call.fail(error)
        }
    }
}
