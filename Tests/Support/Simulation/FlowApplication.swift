import SRMUDP

/// The application at one end: opens streams, writes patterns, reads and checks what comes.
///
/// It acts only on events, as a real one does, so a wake-up that never comes shows as a stream that
/// never ends. Streams that the peer opens are answered with as many bytes as their number tells.
package final class FlowApplication {
    private struct Flow {
        /// Bytes that are still to be written.
        var remaining: UInt64
        var ending: TestOperation.Ending
        var hasEnded = false
        var isStalled = false
    }

    package let side: Side
    /// Kept up to date by the host.
    package var now = Instant(nanoseconds: 0)
    private let ledger: FlowLedger
    private var flows: [StreamID: Flow] = [:]
    /// In the order in which they appeared.
    package private(set) var streams: [StreamID] = []
    /// Opens that wait for the peer's permission.
    private var isWindingUp = false
    private var pendingOpens: [(bytes: Int, ending: TestOperation.Ending)] = []

    package init(side: Side, ledger: FlowLedger) {
        self.side = side
        self.ledger = ledger
    }

    // MARK: what a schedule asks for

    package func open(bytes: Int, ending: TestOperation.Ending, on connection: Connection) {
        pendingOpens.append((bytes, ending))
        openPending(on: connection)
    }

    package func write(bytes: Int, to stream: Int, on connection: Connection) {
        guard let id = pick(stream), let flow = flows[id], !flow.hasEnded else { return }
        flows[id]?.remaining += UInt64(bytes)
        writeMore(to: id, on: connection)
    }

    package func finish(stream: Int, on connection: Connection) {
        guard let id = pick(stream) else { return }
        end(id, as: .finish, on: connection)
    }

    package func reset(stream: Int, on connection: Connection) {
        guard let id = pick(stream) else { return }
        end(id, as: .reset, on: connection)
    }

    package func stopReading(stream: Int, on connection: Connection) {
        guard let id = pick(stream) else { return }
        let halfPipe = ledger.halfPipe(id, from: side.opposite)
        guard !halfPipe.hasReadEnd, !halfPipe.hasReadReset, !halfPipe.isStopped else { return }
        ledger.update(id, from: side.opposite) { $0.isStopped = true }
        connection.withStreams { $0.stopReading(id, code: 7, now: now) }
    }

    package func stallReading(stream: Int) {
        guard let id = pick(stream) else { return }
        flows[id]?.isStalled = true
    }

    package func resumeReading(stream: Int, on connection: Connection) {
        guard let id = pick(stream), flows[id]?.isStalled == true else { return }
        flows[id]?.isStalled = false
        readMore(from: id, on: connection)
    }

    /// Reads everything, writes what is left and finishes all streams: nothing new after this.
    package func windUp(on connection: Connection) {
        isWindingUp = true
        for id in streams {
            flows[id]?.isStalled = false
            readMore(from: id, on: connection)
            end(id, as: .finish, on: connection)
        }
    }

    /// Whether nothing of ours is left to write or open.
    package var isWoundUp: Bool {
        pendingOpens.isEmpty && flows.values.allSatisfy { $0.hasEnded }
    }

    /// What is left to do, for messages.
    package var summary: String {
        let left = flows.filter { !$0.value.hasEnded }.map { "\($0.key): \($0.value.remaining)" }
        return "to open \(pendingOpens.count), to write \(left.sorted())"
    }

    // MARK: what the connection tells

    package func handle(_ event: StreamEvent, on connection: Connection) {
        switch event {
        case .opened(let id): accept(id, on: connection)
        case .readable(let id): readMore(from: id, on: connection)
        case .writable(let id): writeMore(to: id, on: connection)
        case .reset(let id, _):
            if !ledger.halfPipe(id, from: side.opposite).isStopped {
                ledger.readReset(of: id, from: side.opposite)
            }
        case .stopped(let id, _): end(id, as: .reset, on: connection)
        case .finished, .closed: break
        }
    }

    private func pick(_ index: Int) -> StreamID? {
        streams.isEmpty ? nil : streams[index % streams.count]
    }

    /// What is begun during the winding up must end by itself.
    private func resolved(_ ending: TestOperation.Ending) -> TestOperation.Ending {
        isWindingUp && ending == .leaveOpen ? .finish : ending
    }

    private func add(_ id: StreamID, _ flow: Flow) {
        flows[id] = flow
        streams.append(id)
        ledger.update(id, from: .left) { _ in }
        ledger.update(id, from: .right) { _ in }
    }

    /// Opens what had to wait, as far as the peer allows it by now.
    package func openPending(on connection: Connection) {
        while let next = pendingOpens.first, let id = connection.openStream() {
            pendingOpens.removeFirst()
            add(id, Flow(remaining: UInt64(next.bytes), ending: resolved(next.ending)))
            writeMore(to: id, on: connection)
        }
    }

    private func accept(_ id: StreamID, on connection: Connection) {
        guard flows[id] == nil else { return }
        let endings: [TestOperation.Ending] = [.finish, .finish, .leaveOpen, .reset]
        let random = SeededRandomSource(seed: id.value ^ 0x5eed)
        let size = random.next(below: 10) == 0 ? 60_000 : random.next(below: 3_000)
        add(id, Flow(remaining: size, ending: resolved(endings[Int(random.next(below: 4))])))
        writeMore(to: id, on: connection)
        readMore(from: id, on: connection)
    }

    private func writeMore(to id: StreamID, on connection: Connection) {
        guard var flow = flows[id], !flow.hasEnded else { return }
        let pattern = ledger.pattern(of: id, from: side)
        while flow.remaining > 0 {
            let offset = ledger.halfPipe(id, from: side).written
            let count = Int(min(flow.remaining, UInt64(ContentPattern.longestPart)))
            let part = Array(pattern.bytes(from: offset, count: count))
            let accepted = connection.withStreams { $0.write(id, part.span.bytes) }
            flow.remaining -= UInt64(accepted)
            ledger.update(id, from: side) { $0.written += UInt64(accepted) }
            if accepted < count { break }
        }
        flows[id] = flow
        if flow.remaining == 0, flow.ending != .leaveOpen {
            end(id, as: flow.ending, on: connection)
        }
    }

    private func end(_ id: StreamID, as ending: TestOperation.Ending, on connection: Connection) {
        guard let flow = flows[id], !flow.hasEnded else { return }
        if ending == .finish, flow.remaining > 0 {
            flows[id]?.ending = .finish
            return
        }
        flows[id]?.hasEnded = true
        flows[id]?.remaining = 0
        switch ending {
        case .finish:
            ledger.update(id, from: side) { $0.isFinished = true }
            connection.withStreams { $0.finish(id) }
        case .reset:
            ledger.update(id, from: side) { $0.isReset = true }
            connection.withStreams { $0.reset(id, code: 5) }
        case .leaveOpen: preconditionFailure("leaving a stream open is not an end")
        }
    }

    private func readMore(from id: StreamID, on connection: Connection) {
        guard let flow = flows[id], !flow.isStalled else { return }
        let halfPipe = ledger.halfPipe(id, from: side.opposite)
        guard !halfPipe.hasReadEnd, !halfPipe.hasReadReset, !halfPipe.isStopped else { return }
        while true {
            let bytes = connection.withStreams { streams in
                let bytes = streams.withReadableBytes(id) { span in
                    span.withUnsafeBytes { [UInt8]($0) }
                }
                if !bytes.isEmpty { streams.consume(id, bytes.count, now: now) }
                return bytes
            }
            if bytes.isEmpty { break }
            ledger.read(bytes, of: id, from: side.opposite)
        }
        if connection.withStreams({ $0.isReadFinished(id) }) {
            ledger.readEnd(of: id, from: side.opposite)
        }
    }
}
