import CTools
import Glibc
import ToolSupport

/// One connection of the server.
final class Connection {
    private enum State {
        /// The header has not come in whole.
        case header([UInt8])
        case sink(flow: Int)
        case source
        /// Bytes that came and did not go back yet; the client may have finished.
        case echo(pending: [UInt8], finished: Bool)
        case hash(Digest)
        case pattern(Pattern, position: Int, end: Int)
        case closed
    }

    private let socket: Int32
    private var state = State.header([])

    init(socket: Int32) { self.socket = socket }

    /// What to wait for; nil when the connection is over.
    var interest: Poller.Interest? {
        switch state {
        case .header, .sink, .hash: .reading
        case .source, .pattern: .writing
        case .echo(let pending, _): pending.isEmpty ? .reading : .writing
        case .closed: nil
        }
    }

    func handle(
        _ event: Poller.Event, buffer: UnsafeMutableRawBufferPointer, counters: FlowCounters
    ) {
        switch state {
        case .header(let bytes): readHeader(after: bytes)
        case .sink(let flow): drain(flow: flow, counters: counters)
        case .source: pour(buffer)
        case .echo(let pending, let finished): echo(pending, finished: finished, buffer)
        case .hash(let digest): hash(digest, buffer)
        case .pattern(let pattern, let position, let end):
            pour(pattern, position: position, end: end)
        case .closed: break
        }
    }

    private func readHeader(after bytes: [UInt8]) {
        var bytes = bytes
        let wanted = bytes.first.map { Service(rawValue: $0)?.headerBytes ?? 0 } ?? 1
        if bytes.count < wanted {
            var more = [UInt8](repeating: 0, count: wanted - bytes.count)
            let count = read(socket, &more, more.count)
            guard count > 0 else { return failed(count) }
            bytes += more[..<count]
        }
        guard let service = Service(rawValue: bytes[0]) else { return state = .closed }
        guard bytes.count == service.headerBytes else { return state = .header(bytes) }
        switch service {
        case .sink: state = .sink(flow: Int(Service.number(bytes[1..<5])))
        case .source: state = .source
        case .echo: state = .echo(pending: bytes, finished: false)
        case .hash: state = .hash(Digest())
        case .pattern:
            let end = Int(clamping: Service.number(bytes[13..<21]))
            state = .pattern(
                Pattern(seed: Service.number(bytes[5..<13])), position: 0, end: end)
        }
        // The byte is usually followed by more in the same segment; answer both at once.
        if case .echo(let pending, _) = state {
            withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 16) { buffer in
                echo(pending, finished: false, buffer)
            }
        }
    }

    private func drain(flow: Int, counters: FlowCounters) {
        let count = tools_tcp_discard(socket, 1 << 20)
        if count > 0 { return counters.add(count, flow: flow) }
        if count == -Int(EAGAIN) { return }
        state = .closed
    }

    private func pour(_ buffer: UnsafeMutableRawBufferPointer) {
        let count = write(socket, buffer.baseAddress, buffer.count)
        if count < 0 { failed(count) }
    }

    private func pour(_ pattern: Pattern, position: Int, end: Int) {
        withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 16) { scratch in
            let piece = UnsafeMutableRawBufferPointer(
                rebasing: scratch[..<min(scratch.count, end - position)])
            pattern.fill(piece, from: position)
            let count = write(socket, piece.baseAddress, piece.count)
            if count < 0 { return failed(count) }
            let reached = position + count
            state = .pattern(pattern, position: reached, end: end)
            // Closing finishes the direction; the client closes when it has everything.
            if reached == end { state = .closed }
        }
    }

    private func echo(_ pending: [UInt8], finished: Bool, _ buffer: UnsafeMutableRawBufferPointer) {
        var finished = finished
        var filled = pending.count
        buffer.copyBytes(from: pending)
        if !finished && filled < buffer.count {
            let space = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let count = read(socket, space.baseAddress, space.count)
            if count == 0 { finished = true }
            if count < 0 && errno != EAGAIN { return state = .closed }
            filled += max(count, 0)
        }
        var sent = 0
        if filled > 0 {
            sent = write(socket, buffer.baseAddress, filled)
            if sent < 0 && errno != EAGAIN { return state = .closed }
            sent = max(sent, 0)
        }
        state = .echo(pending: Array(buffer[sent..<filled]), finished: finished)
        if finished && sent == filled { state = .closed }
    }

    private func hash(_ digest: Digest, _ buffer: UnsafeMutableRawBufferPointer) {
        // The buffer shared by all holds what sources send; it is not to be written over.
        withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 16) { scratch in
            let count = read(socket, scratch.baseAddress, scratch.count)
            if count > 0 {
                return digest.update(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
            }
            guard count == 0 else { return failed(count) }
            let answer = digest.finish()
            _ = write(socket, answer, answer.count)
            state = .closed
        }
    }

    private func failed(_ count: Int) {
        if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
        state = .closed
    }
}
