import SRMUDP

/// One TCP connection, or another channel, joined to one stream, as two half pipes that end
/// independently.
///
/// A flow has no buffer of its own. The socket is read straight into the stream's send buffer and
/// written straight from its receive buffer. Back-pressure follows from that: no room in the stream
/// means no reading from the socket, and bytes are consumed from the stream, which gives the peer
/// new credit, only when the kernel has taken them.
///
/// The session calls the `stream…` methods for the stream's events; the event loop calls `ready`
/// for the socket's. What an event means is decided by `FlowState`; this class moves the bytes and
/// carries the actions out.
package final class Flow: StreamUser {
    /// About how many bytes one event moves per direction, so that no flow starves the others.
    package static let bytesPerTurn = 256 * 1024

    package let stream: StreamID
    package let request: OpenRequest
    /// Bytes that went from the socket into the stream.
    package private(set) var uploadedBytes: UInt64 = 0
    /// Bytes that went from the stream into the socket.
    package private(set) var downloadedBytes: UInt64 = 0
    package private(set) var state: FlowState
    /// The far side is connected: we said so, or it did.
    package private(set) var isConnected: Bool

    private let carrier: any StreamCarrier
    private var socket: (any ByteChannel)?
    private var readSize = ReadSize()
    private var replyReader = OpenReplyReader()
    /// The stream had no room when it was last asked.
    private var isUploadBlocked = false
    /// The socket did not take all that was offered, or the turn's share was used up.
    private var isDownloadBlocked = false
    /// Stands until the client of a proxy has been told of the far side's reply.
    private var waitingClient: WaitingClient?
    /// The peer's flows have moved what they may for now.
    private var isHeldBack = false
    private let budget: RateBudget?
    package private(set) var dialledAddress: SocketAddress?

    private init(_ request: OpenRequest, isOpener: Bool, at place: StreamPlace) {
        self.request = request
        stream = place.stream
        carrier = place.carrier
        budget = place.budget
        state = FlowState(isOpener: isOpener)
        isConnected = !isOpener
    }

    /// A flow for a socket that we accepted: sends the request and, without waiting for the reply,
    /// whatever the socket has to say.
    package static func opening(
        _ request: OpenRequest, socket: any ByteChannel, at place: StreamPlace
    ) -> Flow {
        let flow = Flow(request, isOpener: true, at: place)
        flow.carrier.write(flow.stream, request.encoded)
        flow.watch(socket)
        return flow
    }

    /// The same for a client that is told of the far side's reply, as that of a proxy is.
    ///
    /// - Parameters:
    ///   - wording: what it is told, be it yes or no.
    ///   - first: what was read from the socket already; a few kilobytes.
    package static func opening(
        _ request: OpenRequest, client socket: TCPSocket,
        answering wording: @escaping (OpenReply) -> [UInt8], sending first: [UInt8] = [],
        at place: StreamPlace
    ) -> Flow {
        let flow = Flow(request, isOpener: true, at: place)
        flow.waitingClient = WaitingClient(socket, wording: wording, loop: place.loop)
        flow.uploadedBytes = UInt64(first.count)
        flow.carrier.write(flow.stream, request.encoded + first)
        flow.watch(socket)
        return flow
    }

    /// A flow for a socket that we connected because the peer asked for it: sends the good news and
    /// passes on what the opener has sent meanwhile.
    package static func serving(
        _ request: OpenRequest, socket: any ByteChannel, at place: StreamPlace
    ) -> Flow {
        let flow = Flow(request, isOpener: false, at: place)
        flow.carrier.write(flow.stream, OpenReply(.connected).encoded)
        flow.watch(socket)
        flow.pumpDownload()
        flow.updateInterest()
        return flow
    }

    // MARK: Another program

    /// What another program needs in order to go on with the flow.
    ///
    /// - Parameters:
    ///   - entry: what the session's book says of it.
    ///   - forward: the name of the forward that it belongs to; empty: none.
    /// - Throws: why none can.
    func snapshot(
        _ entry: FlowBook.Entry?, forward: String
    ) throws(HandoverObstacle) -> FlowSnapshot {
        guard waitingClient == nil else {
            throw HandoverObstacle("a client of a proxy waits for its answer (\(request))")
        }
        let tcp = socket as? TCPSocket
        guard socket == nil || tcp != nil else {
            throw HandoverObstacle("\(request) is joined to the standard streams")
        }
        return FlowSnapshot(
            stream: stream, request: request, upload: state.upload, download: state.download,
            isSocketClosed: socket == nil, end: state.end, isConnected: isConnected,
            uploadedBytes: uploadedBytes, downloadedBytes: downloadedBytes,
            reply: replyReader.bytes,
            socket: tcp.map {
                SocketSnapshot(descriptor: $0.descriptor, peerAddress: $0.peerAddress)
            },
            since: entry?.since ?? Instant(nanoseconds: 0), isServed: entry?.isServed ?? false,
            forward: forward)
    }

    /// Goes on with a flow of another program. The stream's events follow; a socket that was not
    /// left is one that failed.
    static func restored(
        _ snapshot: FlowSnapshot, socket: TCPSocket?, at place: StreamPlace
    ) -> Flow {
        let flow = Flow(snapshot.request, isOpener: false, at: place)
        flow.state = FlowState(restoring: snapshot)
        flow.isConnected = snapshot.isConnected
        flow.uploadedBytes = snapshot.uploadedBytes
        flow.downloadedBytes = snapshot.downloadedBytes
        flow.replyReader = OpenReplyReader(restoring: snapshot.reply)
        if let socket {
            flow.watch(socket)
            flow.updateInterest()
        } else if !snapshot.isSocketClosed {
            flow.handle(.socketFailed)
        }
        return flow
    }

    // MARK: Events of the stream

    /// Bytes arrived on the stream.
    /// - Returns: the far side's reply, when these bytes completed it.
    package func streamReadable() -> OpenReply? {
        let reply = state.download == .awaitingReply ? readReply() : nil
        // Otherwise the socket said that it is full; it will say when it is not.
        if !isDownloadBlocked { pumpDownload() }
        updateInterest()
        return reply
    }

    package func streamWritable() {
        isUploadBlocked = false
        pumpUpload()
        updateInterest()
    }

    package func streamReset() { handle(.streamReset) }

    package func streamReset(code: UInt64) {
        if code == FlowErrorCode.noLongerPermitted { withdraw() } else { streamReset() }
    }

    package func streamStopped() { handle(.streamStopped) }
    package func streamClosed() { handle(.streamClosed) }

    /// The carrier has died, and every stream with it.
    package func carrierLost() { handle(.carrierLost) }

    package func abort() { giveUp(.sessionClosed, code: FlowErrorCode.sessionClosed) }
    package func cancel() { giveUp(.cancelled, code: FlowErrorCode.cancelled) }
    package func withdraw() { giveUp(.withdrawn, code: FlowErrorCode.noLongerPermitted) }

    /// Why the flow ended; nil while both directions go on.
    package var endReason: FlowEnd? { state.end }

    private func giveUp(_ event: FlowState.Event, code: UInt64) {
        carrier.reset(stream, code: code)
        carrier.stopReading(stream, code: code)
        handle(event)
    }

    // MARK: The two half pipes

    /// From the socket into the stream, until one of them has no more or the turn's share is used.
    private func pumpUpload() {
        guard state.upload == .open, !isUploadBlocked, let socket, var allowance = turnAllowance()
        else { return }
        let bytesBefore = uploadedBytes
        defer { budget?.spend(Int(uploadedBytes &- bytesBefore)) }
        while allowance > 0 {
            var outcome = UploadStep.streamFull
            uploadedBytes &+= UInt64(
                carrier.withFreeSpace(stream, upTo: min(allowance, readSize.bytes)) { blocks in
                    let count: Int
                    (outcome, count) = Self.read(socket, into: blocks)
                    readSize.note(count, of: blocks.byteCount)
                    allowance -= count
                    return count
                })
            switch outcome {
            case .streamFull:
                isUploadBlocked = true
                return
            case .more: break
            case .socketEmpty: return
            case .end: return handle(isClientGone ? .socketFailed : .socketEnded)
            case .failed: return handle(.socketFailed)
            }
        }
    }

    /// Whether an end of the socket means that nobody waits for an answer any more, so that what is
    /// dialled is called off. Who has said something may just have finished speaking.
    private var isClientGone: Bool { waitingClient != nil && !isConnected && uploadedBytes == 0 }

    private enum UploadStep {
        case streamFull
        case more
        case socketEmpty
        case end
        case failed
    }

    private static func read(
        _ socket: any ByteChannel, into blocks: borrowing BlockList
    ) -> (UploadStep, count: Int) {
        switch socket.read(into: blocks) {
        // A short read emptied the socket; asking again would be a wasted system call.
        case .bytes(let count): (count < blocks.byteCount ? .socketEmpty : .more, count)
        case .wouldBlock: (.socketEmpty, 0)
        case .end: (.end, 0)
        case .failed: (.failed, 0)
        }
    }

    /// From the stream into the socket, until one of them has no more or the turn's share is used.
    private func pumpDownload() {
        guard state.download == .open, let socket, let share = turnAllowance() else { return }
        isDownloadBlocked = waitingClient?.writeWords() == false
        guard !isDownloadBlocked else { return }
        waitingClient = nil
        var allowance = share
        var hasFailed = false
        let status = carrier.withReadable(stream) { blocks in
            guard allowance > 0 else { return 0 }
            switch socket.write(from: blocks) {
            case .bytes(let count):
                allowance -= count
                return count
            case .wouldBlock:
                return 0
            case .failed:
                hasFailed = true
                return 0
            }
        }
        downloadedBytes &+= UInt64(share - allowance)
        budget?.spend(share - allowance)
        isDownloadBlocked = false
        if hasFailed { return handle(.socketFailed) }
        switch status {
        case .hasMore: isDownloadBlocked = true
        case .drained: break
        case .finished: handle(.streamEnded)
        case .reset: handle(.streamReset)
        }
    }

    /// How many bytes this turn may move per direction; nil while the peer's rate leaves none. The
    /// flow goes on by itself then.
    private func turnAllowance() -> Int? {
        guard let budget else { return Self.bytesPerTurn }
        guard !isHeldBack else { return nil }
        let allowance = budget.allowance(upTo: Self.bytesPerTurn)
        guard allowance == 0 else { return allowance }
        isHeldBack = true
        budget.wait { [weak self] in
            guard let self else { return }
            isHeldBack = false
            pumpUpload()
            pumpDownload()
            updateInterest()
        }
        return nil
    }

    private func readReply() -> OpenReply? {
        let outcome = replyReader.read(stream, of: carrier)
        switch outcome {
        case .incomplete: break
        case .complete(let reply):
            replyReader = OpenReplyReader()
            isConnected = reply.status == .connected
            waitingClient?.answer(reply)
            handle(isConnected ? .replyAccepted : .replyRefused)
        case .reset: handle(.streamReset)
        }
        return outcome.reply
    }

    // MARK: Carrying out

    private func handle(_ event: FlowState.Event) {
        let actions = state.handle(event)
        if actions.contains(.finishStream) { carrier.finish(stream) }
        if actions.contains(.resetStream) {
            carrier.reset(stream, code: FlowErrorCode.socketFailed)
        }
        if actions.contains(.stopReading) {
            carrier.stopReading(stream, code: FlowErrorCode.socketFailed)
        }
        if actions.contains(.shutdownSocket) { socket?.shutdownWrite() }
        if actions.contains(.closeSocket) { closeSocket(isAborted: false) }
        if actions.contains(.abortSocket) { closeSocket(isAborted: true) }
        updateInterest()
    }

    private func closeSocket(isAborted: Bool) {
        if let waitingClient, !isConnected {
            waitingClient.dismiss()
        } else if isAborted {
            socket?.abort()
        } else {
            socket?.close()
        }
        socket = nil
        waitingClient = nil
    }

    private func watch(_ socket: any ByteChannel) {
        self.socket = socket
        dialledAddress = socket.peerAddress.port == 0 ? nil : socket.peerAddress
        do {
            try socket.watch(self)
        } catch {
            handle(.socketFailed)
        }
    }

    /// Tells the loop what the socket is watched for, which costs a system call only when that
    /// changes: a flow in steady motion costs none.
    private func updateInterest() {
        guard let socket else { return }
        var interest = Readiness.none
        guard !isHeldBack else { return socket.wait(for: interest) }
        if state.upload == .open, !isUploadBlocked { interest.insert(.readable) }
        if state.download == .open, isDownloadBlocked { interest.insert(.writable) }
        socket.wait(for: interest)
    }
}

extension Flow: EventHandler {
    package func ready(_ readiness: Readiness, now: Instant) {
        if readiness.contains(.writable), isDownloadBlocked { pumpDownload() }
        if readiness.contains(.readable) { pumpUpload() }
        // A hang-up may only mean that both directions have ended, with bytes left to be read once
        // the stream has room. Reads and writes find a failure by themselves; without them, ask.
        if readiness.contains(.hangup), let socket, socket.hasFailed { handle(.socketFailed) }
        updateInterest()
    }
}
