import SRMUDP

/// The standard input and output of the command as the near end of a flow.
///
/// They may be anything: pipes, a terminal, sockets, files. A file is not something that can be
/// waited for, so it counts as ready whenever it is waited for. That the reader of the output has
/// gone is noticed with the next bytes for it; until then what comes in goes on its way.
package final class StandardStreams: ByteChannel {
    private let input: StandardStream
    private let output: StandardStream
    private var isBroken = false
    package let peerAddress = SocketAddress(.anyIPv6, port: 0)

    /// Takes the standard streams over from the process, which has the null device afterwards.
    package convenience init(loop: EventLoop) throws(SystemError) {
        var inputFlags: Int32?
        var outputFlags: Int32?
        let input = try FileDescriptor.takingOver(.input, restoreFlags: &inputFlags)
        let output = try FileDescriptor.takingOver(.output, restoreFlags: &outputFlags)
        self.init(input: input, output: output, loop: loop, (inputFlags, outputFlags))
    }

    /// Takes over files whose calls do not block.
    /// - Parameter restoreFlags: what each file gets back at its end.
    init(
        input: consuming FileDescriptor, output: consuming FileDescriptor, loop: EventLoop,
        _ restoreFlags: (input: Int32?, output: Int32?) = (nil, nil)
    ) {
        self.input = StandardStream(input, .readable, restoreFlags.input, loop: loop)
        self.output = StandardStream(output, .writable, restoreFlags.output, loop: loop)
    }

    deinit { close() }

    package func watch(_ handler: any EventHandler) throws(SystemError) {
        try input.watch(handler)
        try output.watch(handler)
        input.wait(for: .readable)
    }

    package func wait(for interest: Readiness) {
        input.wait(for: interest)
        output.wait(for: interest)
    }

    package func read(into blocks: borrowing BlockList) -> StreamReadResult {
        let result = input.read(into: blocks)
        if case .failed = result { isBroken = true }
        return result
    }

    package func write(from blocks: borrowing BlockList) -> StreamWriteResult {
        let result = output.write(from: blocks)
        if case .failed = result { isBroken = true }
        return result
    }

    package var hasFailed: Bool { isBroken }

    package func shutdownWrite() { output.close() }

    package func close() {
        input.close()
        output.close()
    }

    package func abort() { close() }
}

/// One of the two, as the event loop knows it.
private final class StandardStream: EventHandler {
    private let direction: Readiness
    private let loop: EventLoop
    private var owner: FileDescriptor?
    private let restoreFlags: Int32?
    private weak var handler: (any EventHandler)?
    private var isWanted = false
    /// Whether the system can say when it is ready.
    private var isRegistered = false
    private var readyTimer: TimerID?

    init(
        _ owner: consuming FileDescriptor, _ direction: Readiness, _ restoreFlags: Int32?,
        loop: EventLoop
    ) {
        self.direction = direction
        self.restoreFlags = restoreFlags
        self.loop = loop
        self.owner = consume owner
    }

    func watch(_ handler: any EventHandler) throws(SystemError) {
        self.handler = handler
        guard let number = owner?.number else { return }
        do {
            try loop.register(number, for: .none, handler: self)
            isRegistered = true
        } catch {
            // That is what is said of regular files and of the null device.
            guard error.code == ErrorNumber.notPermitted else { throw error }
        }
    }

    func wait(for interest: Readiness) {
        guard let number = owner?.number else { return }
        isWanted = interest.contains(direction)
        if isRegistered {
            loop.update(number, for: isWanted ? direction : .none)
        } else if isWanted, readyTimer == nil {
            readyTimer = loop.schedule(at: loop.now) { [weak self] in
                guard let self else { return }
                readyTimer = nil
                ready(direction, now: loop.now)
            }
        }
    }

    /// A hang-up alone says nothing: reads and writes find out by themselves.
    func ready(_ readiness: Readiness, now: Instant) {
        guard isWanted, readiness.contains(direction) else { return }
        handler?.ready(direction, now: now)
    }

    func read(into blocks: borrowing BlockList) -> StreamReadResult {
        owner?.readFile(into: blocks) ?? .failed(Self.closedError("read"))
    }

    func write(from blocks: borrowing BlockList) -> StreamWriteResult {
        owner?.writeFile(from: blocks) ?? .failed(Self.closedError("write"))
    }

    func close() {
        guard let number = owner?.number else { return }
        if isRegistered { loop.unregister(number) }
        if let readyTimer { loop.cancel(readyTimer) }
        // A socket that is input and output at once stays open at its other end otherwise.
        if direction == .writable { owner?.shutdownWrite() }
        if let restoreFlags { owner?.restore(restoreFlags) }
        owner = nil
        handler = nil
    }

    private static func closedError(_ call: StaticString) -> SystemError {
        SystemError(call, code: ErrorNumber.badDescriptor)
    }
}
