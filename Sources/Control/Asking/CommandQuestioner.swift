import Forwarding
internal import Glibc
import SRMUDP

/// Has a program decide: it is run for each question, without a shell and without arguments.
///
/// It is told of the question by the variables P2PFWD_PEER, P2PFWD_TARGET, P2PFWD_ADDRESS (the
/// addresses, separated by `, `) and P2PFWD_PROXY (`yes` if a client of the peer's proxy named the
/// destination), and of our environment it has PATH, HOME and LANG alone. Exit code 0 permits: once,
/// or what the first line of its output says (`once`, `session`, `always`, `no`). Everything else is
/// a no.
final class CommandQuestioner: Questioner {
    private let program: String
    private let loop: EventLoop
    private let logger: Logger
    private var child: ChildProcess?

    /// - Throws: where there is no such program.
    init(program: String, loop: EventLoop, logger: Logger) throws(CommandError) {
        guard program.hasPrefix("/") || program.hasPrefix("./"), access(program, X_OK) == 0 else {
            throw .usage(
                "--ask-command", "'\(program.escapedForMessage)' is no path of a program",
                hint: "write the whole path, such as /usr/local/bin/decide")
        }
        self.program = program
        self.loop = loop
        self.logger = logger
    }

    func put(_ question: DestinationQuestion, _ answer: @escaping (DestinationAnswer) -> Void) {
        do throws(SystemError) {
            child = try ChildProcess(
                program: program, environment: Self.environment(for: question), loop: loop
            ) { [weak self] exit, output in
                self?.child = nil
                answer(Self.answer(exit, output))
            }
        } catch {
            logger.warning("--ask-command: \(error)")
            answer(.no)
        }
    }

    func withdraw() {
        child?.kill()
        child = nil
    }

    /// - Parameter exit: nil for a program that a signal ended.
    static func answer(_ exit: Int32?, _ output: [UInt8]) -> DestinationAnswer {
        guard exit == 0 else { return .no }
        let line = String(decoding: output.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        let word = line.split(separator: " ").first ?? "once"
        return DestinationAnswer.allCases.first { $0.rawValue == word.lowercased() } ?? .no
    }

    static func environment(for question: DestinationQuestion) -> [String] {
        let inherited = ["PATH", "HOME", "LANG"].compactMap { (name: String) in
            getenv(name).map { "\(name)=\(String(cString: $0))" }
        }
        return inherited + [
            "P2PFWD_PEER=\(question.peer)", "P2PFWD_TARGET=\(question.targetText)",
            "P2PFWD_ADDRESS=\(question.addressText)",
            "P2PFWD_PROXY=\(question.isDynamic ? "yes" : "no")",
        ]
    }
}
