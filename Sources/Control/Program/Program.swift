internal import Glibc
import SRMUDP

/// The whole program behind `main`: reads the command line, runs the command, gives the exit code.
package struct Program {
    package init() {}

    /// - Parameter arguments: as the system gave them, the program's name first.
    package func runAndExit(_ arguments: [String]) -> Never { exit(run(arguments)) }

    /// - Returns: the exit code.
    package func run(_ arguments: [String]) -> Int32 {
        Console.reserveStandardStreams()
        do throws(CommandError) {
            let builder = InvocationBuilder(variables: Self.variable, services: Self.service)
            let invocation = try builder.invocation(for: Array(arguments.dropFirst()))
            for warning in invocation.warnings { Console.report("p2pfwd: \(warning)") }
            return try run(invocation).rawValue
        } catch {
            Console.report("\(error)")
            return error.exitCode.rawValue
        }
    }

    private func run(_ invocation: Invocation) throws(CommandError) -> ExitCode {
        switch invocation.command {
        case .help(let text):
            Console.output(text)
            return .success
        case .version:
            Console.output("p2pfwd \(Version.text)")
            return .success
        case .id(let json): return try IDCommand(json: json).run(in: context(invocation))
        case .ticket(let options):
            return try TicketCommand(options: options).run(in: context(invocation))
        case .pair(let options):
            let command = PairCommand(options: options, context: try context(invocation))
            return try command.run(logger: Console.logger(level: invocation.logLevel))
        case .peers(let action):
            return try PeersCommand(action: action).run(in: context(invocation))
        case .permit(let options):
            return try PermitCommand(options: options).run(in: context(invocation))
        case .complete(let word):
            return CompleteCommand(word: word).run(in: try context(invocation))
        case .serve(let options):
            let command = ServeCommand(options: options, context: try context(invocation))
            return try command.run(logger: Console.logger(level: invocation.logLevel))
        case .share(let options):
            let command = ShareCommand(options: options, context: try context(invocation))
            return try command.run(logger: Console.logger(level: invocation.logLevel))
        case .rendezvous(let options):
            let command = RendezvousCommand(options: options, context: try context(invocation))
            return try command.run(logger: Console.logger(level: invocation.logLevel))
        case .status(let json):
            return try StatusCommand(json: json, context: context(invocation)).run()
        case .netcheck(let options):
            let command = NetcheckCommand(options: options, context: try context(invocation))
            return try command.run(logger: Console.logger(level: invocation.logLevel))
        case .ping(let options):
            let command = PingCommand(options: options, context: try context(invocation))
            return try command.run(logger: Console.logger(level: invocation.logLevel))
        case .why(let options):
            let command = WhyCommand(options: options, context: try context(invocation))
            return try command.run(logger: Console.logger(level: invocation.logLevel))
        case .forward(let options):
            let command = ForwardCommand(options: options, context: try context(invocation))
            return try command.run(logger: Console.logger(level: invocation.logLevel))
        }
    }

    private func context(_ invocation: Invocation) throws(CommandError) -> CommandContext {
        let home: HomeDirectory
        do throws(FileError) {
            home = try HomeDirectory(option: invocation.home, variables: Self.variable)
        } catch {
            throw CommandError("home", error)
        }
        let random = SystemRandomSource()
        return CommandContext(
            home: home, random: random, now: Self.now(), label: Self.label(),
            candidates: { () throws(CommandError) in
                do throws(FileError) {
                    try home.prepare()
                    let kept = try NodeAddress(file: home.port).loadOrChoose(random: random)
                    return LocalAddresses.candidates(listening: kept)
                } catch {
                    throw CommandError("port", error)
                }
            },
            readInput: Console.input, output: Console.output, report: Console.report)
    }

    // MARK: The system

    static func now() -> UnixTime { UnixTime(seconds: Int64(time(nil))) }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// The port of a TCP service as the system knows it, such as 8080 for `http-alt`.
    private static func service(_ name: String) -> UInt16? {
        getservbyname(name, "tcp").map { UInt16(truncatingIfNeeded: $0.pointee.s_port).byteSwapped }
    }

    /// The host name up to its first dot, as far as it can serve as the name of a peer.
    private static func label() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "" }
        let bytes = name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
        let short = String(decoding: bytes.prefix { $0 != UInt8(ascii: ".") }, as: UTF8.self)
        return Peer.isValid(name: short) ? short : ""
    }
}

/// The version of this program.
enum Version {
    static let text = "0.1.0"
}
