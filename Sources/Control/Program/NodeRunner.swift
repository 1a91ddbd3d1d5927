import Forwarding
internal import Glibc
import SRMUDP

/// Runs the event loop of a foreground command until a signal, or the command itself, ends it.
///
/// SIGINT and SIGTERM let flows finish for a while and say good-bye to the peers; a second one does
/// not wait. SIGHUP reads the peers file again.
final class NodeRunner {
    let loop: EventLoop
    private var result: Result<ExitCode, CommandError> = .success(.success)

    init() throws(CommandError) {
        do throws(SystemError) {
            loop = try EventLoop()
        } catch {
            throw CommandError("event loop", "\(error)", .localError)
        }
    }

    func run(_ node: Node, logger: Logger) throws(CommandError) -> ExitCode {
        do throws(SystemError) {
            try loop.onSignal([SIGINT, SIGTERM, SIGHUP]) { [unowned self] number in
                if number == SIGHUP {
                    node.directory.reload()
                } else {
                    logger.info("ending")
                    node.drain { [unowned self] in loop.stop() }
                }
            }
            try loop.run()
        } catch {
            throw CommandError("event loop", "\(error)", .localError)
        }
        return try result.get()
    }

    /// Ends the run at the end of this turn; `run` throws this.
    func fail(_ error: CommandError) {
        result = .failure(error)
        loop.stop()
    }
}

extension Connection {
    /// The path in use, for people.
    var pathText: String {
        guard let path = currentPath else { return "nowhere" }
        return "\(path.remote), direct, RTT \(path.roundTrip)"
    }
}
