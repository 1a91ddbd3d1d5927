import Forwarding
// The environment is read while no other thread changes it.
@preconcurrency internal import Glibc
import SRMUDP

/// Lets another program go on with everything that a node does: the process becomes that program,
/// with the same number, the same words on its command line and its sockets open.
///
///     begin ──▸ asks the program ── it can ──▸ end of a turn ──▸ all can go on? ── yes ──▸ exec
///                    │ no, or no answer            ▲                    │ no                │ fails
///                    │                             └─── try again ◂─────┤                   │
///                    └──────────────────────▸ gives up, says why ◂──────┴── patience ◂──────┘
///
/// Until the exec nothing is touched, so that a node that gives up goes on as before. The program is
/// run as a child first, which tells whether it could go on (`HandoverCheck`): what comes out only
/// when it takes the state over ends the flows.
package final class Handover {
    /// How long something is waited for that cannot go on elsewhere but may be over soon.
    private static let patience: Interval = .seconds(5)

    /// How long the new program may take to say whether it could go on.
    private static let checkTime: Interval = .seconds(5)

    private let node: Node
    private let program: String
    private let arguments: [String]
    private let failed: (CommandError) -> Void
    /// The new program, asked.
    private var check: ChildProcess?
    private var timer: TimerID?
    private var hook: TurnHook?

    /// Begins to hand a node over; the node keeps the result until it is over.
    ///
    /// - Parameters:
    ///   - program: the path of the new program.
    ///   - arguments: its words, the name first.
    ///   - failed: called when it came to nothing and the node goes on.
    package static func begin(
        node: Node, program: String, arguments: [String],
        failed: @escaping (CommandError) -> Void
    ) {
        guard node.handover == nil else {
            return failed(CommandError("handover", "another one is under way", .failure))
        }
        let handover = Handover(node, program, arguments, failed)
        node.handover = handover
        handover.ask()
    }

    private init(
        _ node: Node, _ program: String, _ arguments: [String],
        _ failed: @escaping (CommandError) -> Void
    ) {
        self.node = node
        self.program = program
        self.arguments = arguments
        self.failed = failed
    }

    private func ask() {
        do throws(SystemError) {
            check = try ChildProcess(
                program: program, arguments: HandoverCheck.words(for: arguments),
                environment: Self.inheritedVariables(), loop: node.loop
            ) { [unowned self] exit, output in
                check = nil
                if let reason = HandoverCheck.obstacle(exit: exit, output: output) {
                    giveUp(CommandError("handover", "\(program): \(reason)", .failure))
                } else {
                    attempt()
                }
            }
        } catch {
            return giveUp(CommandError("handover", "\(program): \(error.reason)", .localError))
        }
        timer = node.loop.schedule(after: Self.checkTime) { [unowned self] in
            timer = nil
            let why = "\(program): the new program did not say whether it could go on"
            giveUp(CommandError("handover", why, .failure))
        }
    }

    /// Tries it at the end of each turn from now on.
    private func attempt() {
        if let timer { node.loop.cancel(timer) }
        timer = nil
        let deadline = node.loop.now + Self.patience
        // After the driver's hook, when everybody has been told everything.
        hook = node.loop.addTurnHook { [unowned self] now in
            attempt(now: now, until: deadline)
        }
    }

    private func attempt(now: Instant, until deadline: Instant) -> Instant? {
        let snapshot: NodeSnapshot
        do throws(HandoverObstacle) {
            snapshot = try node.snapshot()
        } catch {
            guard now >= deadline else { return now + .milliseconds(20) }
            giveUp(CommandError("handover", error.reason, .failure))
            return nil
        }
        node.leaving()
        giveUp(Self.become(program, arguments, snapshot))
        return nil
    }

    private func giveUp(_ error: CommandError) {
        if let hook { node.loop.removeTurnHook(hook) }
        if let timer { node.loop.cancel(timer) }
        check?.kill()
        let failed = failed
        node.handover = nil
        failed(error)
    }

    /// - Returns: why it failed; nothing has changed then.
    private static func become(
        _ program: String, _ arguments: [String], _ snapshot: NodeSnapshot
    ) -> CommandError {
        var writer = SnapshotWriter()
        snapshot.encode(into: &writer)
        defer { writer.wipe() }
        do throws(SystemError) {
            let file = try MemoryFile()
            try file.write(writer.bytes)
            return become(program, arguments, leaving: file, snapshot)
        } catch {
            return CommandError("handover", "\(error)", .localError)
        }
    }

    private static func become(
        _ program: String, _ arguments: [String], leaving file: borrowing MemoryFile,
        _ snapshot: NodeSnapshot
    ) -> CommandError {
        let numbers = snapshot.descriptors + [file.number]
        for number in numbers { _ = FileDescriptor.setInherited(number, true) }
        let code = execute(program, arguments, leaving: file.number)
        for number in numbers { _ = FileDescriptor.setInherited(number, false) }
        let reason = SystemError("execve", code: code).reason
        return CommandError("handover", "\(program): \(reason)", .localError)
    }

    /// - Returns: the errno value.
    private static func execute(
        _ program: String, _ arguments: [String], leaving file: Int32
    ) -> Int32 {
        let words = arguments.map { strdup($0) }
        var variables = inheritedVariables().map { strdup($0) }
        variables.append(strdup("\(Inheritance.variable)=\(file)"))
        defer { for text in words + variables { free(text) } }
        execve(program, words + [nil], variables + [nil])
        return errno
    }

    private static func inheritedVariables() -> [String] {
        var variables: [String] = []
        var next = environ
        while let text = next.pointee {
            variables.append(String(cString: text))
            next += 1
        }
        return variables.filter { !$0.hasPrefix("\(Inheritance.variable)=") }
    }

    /// The path that this program was started from, where its successor is after an update.
    package static var ownProgram: String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0 else { return "/proc/self/exe" }
        let bytes = buffer.prefix(count).map(UInt8.init(bitPattern:))
        let path = String(decoding: bytes, as: UTF8.self)
        // So the system calls a file that was replaced.
        let mark = " (deleted)"
        return path.hasSuffix(mark) ? String(path.dropLast(mark.count)) : path
    }
}
