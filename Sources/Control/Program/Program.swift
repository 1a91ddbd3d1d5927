internal import Glibc
import SRMUDP

/// The whole program behind `main`: reads the command line, runs the command, gives the exit code.
package struct Program {
    private let errors = ErrorOutput(journal: JournalStream(Program.variable("JOURNAL_STREAM")))

    package init() {}

    /// - Parameter arguments: as the system gave them, the program's name first.
    package func runAndExit(_ arguments: [String]) -> Never { exit(run(arguments)) }

    /// - Returns: the exit code.
    package func run(_ arguments: [String]) -> Int32 {
        Console.reserveStandardStreams()
        FileLimit.raise()
        let words = Array(arguments.dropFirst())
        if words.first == HandoverCheck.command { return check(Array(words.dropFirst())) }
        var usesSSHExitCodes = InvocationBuilder.asksForSSHExitCodes(words)
        do throws(CommandError) {
            let builder = InvocationBuilder(surroundings: Self.surroundings)
            let invocation = try builder.invocation(for: words)
            usesSSHExitCodes = invocation.usesSSHExitCodes
            let code = try run(invocation, arguments)
            return usesSSHExitCodes && code != 0 ? ExitCode.internalError.rawValue : code
        } catch {
            errors.report(error)
            return (usesSSHExitCodes ? .internalError : error.exitCode).rawValue
        }
    }

    private func check(_ words: [String]) -> Int32 {
        let check = HandoverCheck(
            builder: InvocationBuilder(surroundings: Self.surroundings),
            context: { (invocation) throws(CommandError) in try context(invocation) })
        let obstacle = check.obstacle(words)
        Console.output(obstacle ?? HandoverCheck.yes)
        return obstacle == nil ? 0 : ExitCode.failure.rawValue
    }

    private func run(_ invocation: Invocation, _ arguments: [String]) throws(CommandError) -> Int32
    {
        if case .forward(let options) = invocation.command, options.goesToBackground,
            !invocation.isInBackground, requestToNode(options, invocation.node) == nil
        {
            return try BackgroundProcess.start(arguments)
        }
        errors.use(invocation.logFormat)
        if let file = invocation.logFile {
            do throws(FileError) {
                try errors.redirect(to: file)
            } catch {
                throw CommandError("-E", error)
            }
        }
        for warning in invocation.warnings where invocation.logLevel >= .warning {
            errors.report(LogLine(level: .warning, text: warning))
        }
        return try run(invocation, words: Array(arguments.dropFirst())).rawValue
    }

    private func run(
        _ invocation: Invocation, words: [String]
    ) throws(CommandError) -> ExitCode {
        let logger = errors.logger(level: invocation.logLevel)
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
            return try command.run(logger: logger)
        case .peers(let action):
            return try PeersCommand(action: action).run(in: context(invocation))
        case .permit(let options):
            return try PermitCommand(options: options).run(in: context(invocation))
        case .configuration(let action):
            return try configuration(action, invocation).run(in: context(invocation))
        case .ask(let question):
            return try AskCommand(question: question, context: context(invocation)).run()
        case .shell(let options):
            let command = try ShellCommand(
                options: options, context: context(invocation), surroundings: Self.surroundings)
            return try command.run()
        case .complete(let word):
            let command = CompleteCommand(word: word, surroundings: Self.surroundings)
            return command.run(in: try context(invocation))
        case .generate(let word):
            guard let generated = GeneratedText(rawValue: word) else {
                throw CommandError("__generate", "there is no such text", .usage)
            }
            Console.output(String(generated.text.dropLast()))
            return .success
        case .serve(let options):
            let reading = ServeCommand.Reading(options: options, messages: invocation.messages)
            let command = ServeCommand(reading, context: try context(invocation), errors: errors) {
                () throws(CommandError) in try Self.serving(words)
            }
            return try command.run(logger: logger)
        case .share(let options):
            let command = ShareCommand(options: options, context: try context(invocation))
            return try command.run(logger: logger)
        case .rendezvous(let options):
            let command = RendezvousCommand(options: options, context: try context(invocation))
            return try command.run(logger: logger)
        case .status(let options):
            return try StatusCommand(options: options, context: context(invocation)).run()
        case .speedTest(let options):
            if options.isForNode(invocation.node) {
                let command = try SpeedTestThroughNode(
                    options: options, context: context(invocation))
                return try command.run(logger: logger)
            }
            let command = SpeedTestCommand(options: options, context: try context(invocation))
            return try command.run(logger: logger)
        case .report(let options):
            let command = ReportCommand(
                options: options, context: try context(invocation),
                configuration: configuration(.show(peer: nil, json: false), invocation))
            return try command.run(logger: logger)
        case .netcheck(let options):
            let command = NetcheckCommand(options: options, context: try context(invocation))
            return try command.run(logger: logger)
        case .ping(let options):
            if options.isForNode(invocation.node) {
                return try PingThroughNode(options: options, context: context(invocation)).run()
            }
            let command = PingCommand(options: options, context: try context(invocation))
            return try command.run(logger: logger)
        case .why(let options):
            if options.isForNode(invocation.node) {
                return try WhyThroughNode(options: options, context: context(invocation)).run()
            }
            let command = WhyCommand(options: options, context: try context(invocation))
            return try command.run(logger: logger)
        case .pipe(let options):
            let command = PipeCommand(options: options, context: try context(invocation))
            return try command.run(logger: logger)
        case .listenKey(let options):
            let command = ListenKeyCommand(options: options, context: try context(invocation))
            return try command.run(logger: logger)
        case .node(let linger):
            let context = try context(invocation)
            let background = BackgroundProcess(errors: errors, log: context.home.log)
            let command = NodeCommand(
                context: context, linger: linger,
                reading: .init(settings: invocation.node, messages: invocation.messages),
                errors: errors
            ) { () throws(CommandError) in
                let invocation = try Self.invocation(for: words)
                return .init(settings: invocation.node, messages: invocation.messages)
            }
            return try command.run(logger: logger) { () throws(CommandError) in
                if context.inheritance == nil {
                    try background.ready()
                } else {
                    try background.goOn()
                }
            }
        case .stop(let now):
            return try StopCommand(isAtOnce: now, context: context(invocation)).run()
        case .reload: return try ReloadCommand(context: context(invocation)).run()
        case .handover(let program):
            let path = program.map { $0.absolutePath(in: Self.workingDirectory) }
            return try HandoverCommand(program: path, context: context(invocation)).run()
        case .service(let options):
            let command = ServiceCommand(
                options: options, program: Handover.ownProgram,
                systemControl: SystemControl(searchPath: Self.variable("PATH") ?? ""),
                variable: Self.variable, isRoot: geteuid() == 0,
                hasUser: { getpwnam($0) != nil }, output: Console.output)
            return try command.run()
        case .forward(let options):
            let context = try context(invocation)
            if let request = requestToNode(options, invocation.node) {
                let command = try ForwardThroughNode(
                    request, options: options, context: context, logger: logger,
                    builder: InvocationBuilder(surroundings: Self.surroundings))
                return try command.run()
            }
            var background =
                invocation.isInBackground
                ? BackgroundProcess(errors: errors, log: context.home.log) : nil
            if context.inheritance != nil {
                try background?.goOn()
                background = nil
            }
            let command = ForwardCommand(
                options: options, context: context,
                builder: InvocationBuilder(surroundings: Self.surroundings)
            ) { () throws(CommandError) in
                try background?.ready()
            }
            return try command.run(logger: logger)
        }
    }

    /// What the shared node is asked for; nil where the command does all by itself.
    private func requestToNode(
        _ options: ForwardOptions, _ node: NodeSettings
    ) -> ForwardRequest? {
        guard !options.isStandalone else { return nil }
        return ForwardRequest(options, directory: Self.workingDirectory, node: node)
    }

    /// A command line that was read before, with the configuration file as it is now.
    private static func invocation(for words: [String]) throws(CommandError) -> Invocation {
        try InvocationBuilder(surroundings: surroundings).invocation(for: words)
    }

    private static func serving(_ words: [String]) throws(CommandError) -> ServeCommand.Reading {
        let invocation = try invocation(for: words)
        guard case .serve(let options) = invocation.command else {
            preconditionFailure("the command line stays the same")
        }
        return .init(
            options: options, messages: invocation.messages, warnings: invocation.warnings)
    }

    private func configuration(
        _ action: ConfigurationAction, _ invocation: Invocation
    ) -> ConfigurationCommand {
        ConfigurationCommand(
            action: action, builder: InvocationBuilder(surroundings: Self.surroundings),
            homeOption: invocation.home)
    }

    private func context(_ invocation: Invocation) throws(CommandError) -> CommandContext {
        let home: HomeDirectory
        do throws(FileError) {
            home = try HomeDirectory(option: invocation.home, variables: Self.variable)
        } catch {
            throw CommandError("home", error)
        }
        let random = SystemRandomSource()
        var context = CommandContext(
            home: home, random: random, now: Self.now(), label: Self.label(),
            candidates: { () throws(CommandError) in
                do throws(FileError) {
                    try home.prepare()
                    let kept = try NodeAddress(file: home.port)
                        .loadOrChoose(random: random, isFree: NodeSocket.isFree)
                    return LocalAddresses.candidates(listening: kept)
                } catch {
                    throw CommandError("port", error)
                }
            },
            readInput: Console.input, output: { line in errors.aside { Console.output(line) } },
            report: { errors.report($0) })
        context.showProgress = { errors.show(progress: $0) }
        context.startNode = { () throws(CommandError) in
            let home = invocation.home.map { ["--home", $0] } ?? []
            let linger = Self.variable("P2PFWD_LINGER").map { [$0] } ?? []
            let code = try BackgroundProcess.start(
                ["p2pfwd"] + home + [CommandLineModel.nodeCommand] + linger)
            guard code == 0 else {
                throw CommandError(
                    "node", "it did not start", ExitCode(rawValue: code) ?? .internalError)
            }
        }
        context.arguments = CommandLine.arguments
        context.inheritance = Inheritance.receive { errors.report("p2pfwd: \($0)") }
        return context
    }

    // MARK: The system

    static func now() -> UnixTime { UnixTime(seconds: Int64(time(nil))) }

    private static var workingDirectory: String {
        guard let path = getcwd(nil, 0) else { return "." }
        defer { free(path) }
        return String(cString: path)
    }

    static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// The port of a TCP service as the system knows it, such as 8080 for `http-alt`.
    private static func service(_ name: String) -> UInt16? {
        getservbyname(name, "tcp").map { UInt16(truncatingIfNeeded: $0.pointee.s_port).byteSwapped }
    }

    /// The host name up to its first dot, as far as it can serve as the name of a peer.
    private static func label() -> String {
        let short = String(hostName().prefix { $0 != "." })
        return Peer.isValid(name: short) ? short : ""
    }

    private static func hostName() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "" }
        return String(
            decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static var surroundings: Surroundings {
        var surroundings = Surroundings(variable: variable, service: service)
        surroundings.readFile = { (path) throws(FileError) in
            try PlainFile.read(path)
        }
        surroundings.readConfiguration = { (path) throws(FileError) in
            try DurableFile(path: path).read(for: .readers)
        }
        surroundings.matchingFiles = matchingFiles
        surroundings.userName =
            getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? ""
        surroundings.hostName = hostName()
        surroundings.isRoot = geteuid() == 0
        surroundings.workingDirectory = workingDirectory
        return surroundings
    }

    /// The files that match a pattern as the shell writes it, sorted.
    private static func matchingFiles(_ pattern: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { index in
            found.gl_pathv[index].map { String(cString: $0) }
        }
    }
}

/// The version of this program.
enum Version {
    static let text = "0.1.0"
}
