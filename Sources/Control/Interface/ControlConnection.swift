import Forwarding
import SRMUDP

/// A client at the control socket, as its server sees it.
///
/// What is sent to it is queued and written by the event loop, and the connection ends there too:
/// neither `notify` nor the answer to a call has it vanish before they return.
package final class ControlConnection: ControlCaller {
    private enum State {
        case open
        /// Nothing is read or queued any more; what waits is written, then the connection ends.
        case leaving
        case gone
    }

    private static let readSize = 65_536

    private let socket: TCPSocket
    private let loop: EventLoop
    private let logger: Logger
    private let handle: (ControlCall) -> Void
    private let ended: (ControlConnection) -> Void
    private var state = State.open
    private var incoming = LineFraming(limit: ControlLimits.line)
    private var outgoing = ByteQueue()
    /// How many bytes may wait in `outgoing`.
    private var allowance = ControlLimits.waiting
    /// Calls without an answer.
    private var callCount = 0
    /// The client has said all that it will say.
    private var inputHasEnded = false
    /// Requests are left alone until more of what waits was read.
    private var isPaused = false
    private var closures: [() -> Void] = []

    /// - Parameters:
    ///   - handle: called with each request.
    ///   - ended: called once when the connection has ended or was taken over.
    init(
        socket: TCPSocket, loop: EventLoop, logger: Logger,
        handle: @escaping (ControlCall) -> Void, ended: @escaping (ControlConnection) -> Void
    ) throws(SystemError) {
        self.socket = socket
        self.loop = loop
        self.logger = logger
        self.handle = handle
        self.ended = ended
        try loop.register(socket.descriptor, for: .readable, handler: self)
    }

    package var isOpen: Bool { state == .open }

    package func notify(_ method: String, _ parameters: JSONValue) {
        send(ControlMessage.notification(method, parameters).line)
    }

    /// Calls `closure` once when the connection has ended or its socket was taken, from the event
    /// loop; soon, if that is the case already. The connection outlives the call, so that the
    /// closure need not hold it.
    package func whenGone(_ closure: @escaping () -> Void) {
        guard state != .gone else {
            loop.schedule(after: .zero) { [self] in withExtendedLifetime(self) { closure() } }
            return
        }
        closures.append(closure)
    }

    /// Gives the socket away after the last answer was written, to carry something else from now
    /// on. The connection leaves the server's list and counts as gone.
    ///
    /// - Returns: nil, and the connection ends, if the client did not wait for that: if another
    ///   call is without an answer, more was received, or the client does not read.
    package func takeSocket() -> TCPSocket? {
        guard state == .open else { return nil }
        write()
        guard state == .open, callCount == 0, incoming.isEmpty, outgoing.isEmpty else {
            endSoon()
            return nil
        }
        loop.unregister(socket.descriptor)
        state = .gone
        ended(self)
        loop.schedule(after: .zero) { [self] in tellGone() }
        return socket
    }

    /// Writes what can be written at once and ends the connection.
    func close() {
        write()
        end()
    }

    package func finishCall(_ message: ControlMessage?) {
        callCount -= 1
        guard let message else { return updateInterest() }
        let line = message.line
        // Nobody is dropped for the length of an answer, but for not reading it.
        if state == .open { allowance = max(allowance, ControlLimits.waiting + line.count) }
        send(line)
    }

    // MARK: Receiving

    private func read() {
        var part = ByteStorage(uncleared: Self.readSize)
        switch socket.read(into: &part, 0..<part.count) {
        case .bytes(let count): incoming.append(part.array(0..<count))
        case .wouldBlock: break
        case .end: inputHasEnded = true
        case .failed: end()
        }
    }

    private func takeLines() {
        isPaused = false
        while state == .open {
            isPaused = outgoing.count >= ControlLimits.pause
            guard !isPaused else { return }
            do throws(LineFraming.TooLong) {
                guard let line = try incoming.next() else { break }
                take(line)
            } catch {
                refuse(.null, .noRequest("a line has \(error.limit) bytes at most"))
                state = .leaving
            }
        }
        guard inputHasEnded, !incoming.isEmpty else { return }
        refuse(.null, .notJSON("the line has no end"))
        incoming.clear()
    }

    private func take(_ line: [UInt8]) {
        do throws(ControlRequest.Refusal) {
            let request = try ControlRequest(line)
            guard callCount < ControlLimits.calls else {
                if let id = request.id { refuse(id, .tooManyCalls) }
                return
            }
            callCount += 1
            handle(ControlCall(request, client: self))
        } catch {
            refuse(error.id, error.error)
        }
    }

    private func refuse(_ id: JSONValue, _ error: ControlError) {
        send(ControlMessage.failure(id: id, error).line)
    }

    // MARK: Sending

    private func send(_ line: [UInt8]) {
        guard state == .open else { return }
        guard outgoing.count + line.count <= allowance else {
            logger.warning("a client of the control socket is dropped: it does not read")
            return endSoon()
        }
        outgoing.append(line)
        updateInterest()
    }

    private func write() {
        while state != .gone, !outgoing.isEmpty {
            switch socket.write(from: outgoing.storage, outgoing.waiting) {
            case .bytes(let count): outgoing.skip(count)
            case .wouldBlock: return
            case .failed: return endSoon()
            }
        }
        outgoing.releaseMemory()
        allowance = ControlLimits.waiting
    }

    // MARK: Ending

    /// Nothing is left to be done for the client.
    private var isFinished: Bool {
        let isSatisfied = inputHasEnded && callCount == 0 && !isPaused
        return outgoing.isEmpty && (state == .leaving || isSatisfied)
    }

    private func updateInterest() {
        guard state != .gone else { return }
        var interest = Readiness.none
        if state == .open, !inputHasEnded, !isPaused { interest.insert(.readable) }
        if !outgoing.isEmpty || isFinished { interest.insert(.writable) }
        loop.update(socket.descriptor, for: interest)
    }

    /// Ends the connection in the next turn of the loop: the caller may be in the midst of
    /// something that the end of a client changes.
    private func endSoon() {
        guard state != .gone else { return }
        state = .leaving
        outgoing = ByteQueue()
        loop.schedule(after: .zero) { [weak self] in self?.end() }
    }

    private func end() {
        guard state != .gone else { return }
        state = .gone
        socket.close()
        ended(self)
        tellGone()
    }

    /// The closures may refer to the connection: it lives until they have returned.
    private func tellGone() {
        let closures = closures
        self.closures = []
        for closure in closures { closure() }
    }
}

extension ControlConnection: EventHandler {
    package func ready(_ readiness: Readiness, now: Instant) {
        if readiness.contains(.readable), state == .open, !inputHasEnded, !isPaused { read() }
        // Nobody is there to read an answer; what was said before is still carried out.
        let isDeserted = readiness.contains(.hangup) && (inputHasEnded || isPaused)
        takeLines()
        if isDeserted { return end() }
        write()
        if isFinished { return end() }
        updateInterest()
    }
}
