import Forwarding
import SRMUDP

/// `p2pfwd listen-key`: one end of a key link, for people and scripts.
///
/// As with nc, the end of standard input is not the end: the other direction goes on, and a service
/// that is started without an input should not end at once. With `--once` it ends when there were
/// lines and all of them have been delivered, or when the other end closes the link, as it does when
/// its lines have been; then the exit code says whether everything arrived.
package final class ListenKeyCommand {
    /// How long good-byes are given time to leave.
    private static let farewellTime: Interval = .milliseconds(100)
    /// More bytes than this wait neither to be sent nor to be printed.
    private static let highMark = 1 << 20

    private let options: ListenKeyOptions
    private let context: CommandContext
    private var lines: StandardLines?
    private var inputHasEnded = false
    private var isEnding = false
    private var lineCount = 0
    /// Messages that had left over connections that were lost, unconfirmed.
    private var uncertainCount = 0

    package init(options: ListenKeyOptions, context: CommandContext) {
        self.options = options
        self.context = context
    }

    package func run(logger: Logger) throws(CommandError) -> ExitCode {
        let key = try KeyLinkKeyFile.read(options.keyFile)
        let runner = try NodeRunner()
        var hubOptions = KeyLinkHub.Options()
        hubOptions.listen = SocketAddress(.anyIPv6, port: options.port)
        let hub = try KeyLinkHub(
            options: hubOptions, loop: runner.loop, resolver: Resolver(loop: runner.loop),
            random: context.random, logger: logger)
        let link: KeyLink
        do throws(KeyLinkError) {
            link = try hub.open(KeyLinkRequest(remote: options.remote, key: key))
        } catch {
            throw CommandError("link", "\(error)", .failure)
        }
        logger.info("listening on UDP port \(hub.address.port)")
        if let remote = options.remote { logger.info("calling \(remote)") }
        link.stateChanged = { [unowned self] in tell($0, link, runner, logger) }
        if options.echoes {
            echo(link, logger)
        } else {
            try join(link, runner, logger)
        }
        return try withExtendedLifetime(hub) { () throws(CommandError) in
            try runner.run(
                logger: logger,
                drain: { [unowned self] completion in
                    hub.close()
                    runner.loop.schedule(after: Self.farewellTime) { [unowned self] in
                        endOutput(completion)
                    }
                }, reload: { [] })
        }
    }

    /// Whoever reads the output gets all of it; a second signal does not wait for that.
    private func endOutput(_ completion: @escaping () -> Void) {
        guard let lines, lines.waitingCount > 0, !isEnding else {
            lines?.close()
            return completion()
        }
        isEnding = true
        lines.drained = { [unowned lines] in
            lines.close()
            completion()
        }
    }

    // MARK: The state

    private func tell(
        _ state: KeyLinkState, _ link: KeyLink, _ runner: NodeRunner, _ logger: Logger
    ) {
        if options.json { lines?.write([UInt8]((KeyLinkLine.json(state) + "\n").utf8)) }
        switch state {
        case .waiting: logger.info("\(state)")
        case .established:
            logger.info("\(state) with \(link.remoteAddress?.description ?? "the other end")")
        case .reconnecting(let interruption):
            logger.info("\(state)")
            guard case .lost(let error, let unconfirmed) = interruption else { return }
            uncertainCount += unconfirmed
            if options.isOnce, case .closedByPeer = error { finish(link, runner) }
        case .failed(.closed): break
        case .failed(let failure):
            runner.end(with: CommandError("link", "\(failure)", .failure))
        }
    }

    /// The one exchange that was asked for is over.
    private func finish(_ link: KeyLink, _ runner: NodeRunner) {
        let count = uncertainCount + link.unconfirmedCount
        guard count > 0 else { return runner.end() }
        runner.end(
            with: CommandError(
                "link", "of what was sent, \(count) message(s) may not have arrived", .failure))
    }

    // MARK: Messages

    private func echo(_ link: KeyLink, _ logger: Logger) {
        link.received = { [unowned link] message in
            do throws(KeyLinkSendError) {
                try link.send(message)
            } catch {
                logger.error("a message is not sent back: \(error)")
            }
            if link.queuedCount >= Self.highMark { link.isPaused = true }
        }
        link.drained = { [unowned link] in link.isPaused = false }
    }

    private func join(
        _ link: KeyLink, _ runner: NodeRunner, _ logger: Logger
    ) throws(CommandError) {
        let lines: StandardLines
        do throws(SystemError) {
            lines = try StandardLines(loop: runner.loop, longestLine: KeyLinkLine.longest)
        } catch {
            throw CommandError("standard streams", "\(error)", .localError)
        }
        self.lines = lines
        link.received = { [unowned self, unowned link] message in
            lines.write(line(of: message))
            if lines.waitingCount >= Self.highMark { link.isPaused = true }
        }
        lines.drained = { [unowned link] in link.isPaused = false }
        link.drained = { [unowned lines] in lines.wantsLines = true }
        lines.line = { [unowned self, unowned link] in send($0, link, logger) }
        lines.inputEnded = { [unowned self, unowned link] in
            inputHasEnded = true
            if options.isOnce, lineCount > 0, link.unconfirmedCount == 0 { finish(link, runner) }
        }
        link.confirmed = { [unowned self, unowned link] in
            if options.isOnce, inputHasEnded { finish(link, runner) }
        }
        lines.failed = { error in
            // Nobody reads it: there is nothing to wait for.
            runner.fail(CommandError("standard streams", "\(error)", .localError))
        }
        lines.tooLong = {
            runner.end(
                with: CommandError(
                    "standard input", "a line is longer than \(KeyLinkLine.longest) bytes", .usage))
        }
        lines.wantsLines = true
    }

    private func line(of message: KeyLinkMessage) -> [UInt8] {
        if options.json { return [UInt8]((KeyLinkLine.json(message) + "\n").utf8) }
        switch message.kind {
        case .text: return message.bytes + [UInt8(ascii: "\n")]
        case .binary: return message.bytes
        }
    }

    private func send(_ line: [UInt8], _ link: KeyLink, _ logger: Logger) {
        lineCount += 1
        do throws(KeyLinkLine.Malformed) {
            let message =
                options.json
                ? try KeyLinkLine.message(json: line) : try KeyLinkLine.message(text: line)
            try send(message, link)
        } catch {
            logger.error("line \(lineCount) is not sent: \(error.reason)")
        }
        if link.queuedCount >= Self.highMark { lines?.wantsLines = false }
    }

    private func send(_ message: KeyLinkMessage, _ link: KeyLink) throws(KeyLinkLine.Malformed) {
        do throws(KeyLinkSendError) {
            try link.send(message)
        } catch {
            throw KeyLinkLine.Malformed(reason: "\(error)")
        }
    }
}
