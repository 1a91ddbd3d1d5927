internal import Glibc
import SRMUDP

/// The lines of a script on standard input: a file, a pipe, or a terminal that nobody sees.
final class ScriptReader {
    static let lineLimit = 65_536

    enum Line: Equatable {
        case text(String)
        case end
        /// Longer than the limit.
        case tooLong
    }

    private let loop: EventLoop
    private let descriptor: Int32
    private var bytes: [UInt8] = []
    private var isAtEnd = false
    private var wanted: ((Line) -> Void)?
    /// A plain file is always ready, and cannot be waited for.
    private var canWait = true

    init(loop: EventLoop, descriptor: Int32 = STDIN_FILENO) {
        self.loop = loop
        self.descriptor = descriptor
    }

    /// - Parameter take: called once, also from within here.
    func next(_ take: @escaping (Line) -> Void) {
        precondition(wanted == nil, "one line at a time")
        if let line = bufferedLine() { return take(line) }
        wanted = take
        if canWait, (try? loop.register(descriptor, for: .readable, handler: self)) != nil {
            return
        }
        canWait = false
        while wanted != nil { readOnce() }
    }

    /// Reads once and hands a line on if there is one now.
    private func readOnce() {
        var part = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &part, part.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return }
        if count > 0 { bytes += part[..<count] } else { isAtEnd = true }
        guard let line = bufferedLine(), let wanted else { return }
        self.wanted = nil
        loop.unregister(descriptor)
        wanted(line)
    }

    private func bufferedLine() -> Line? {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else {
            guard bytes.count <= Self.lineLimit else { return .tooLong }
            guard isAtEnd else { return nil }
            guard !bytes.isEmpty else { return .end }
            defer { bytes = [] }
            return .text(String(decoding: bytes, as: UTF8.self))
        }
        guard end <= Self.lineLimit else { return .tooLong }
        var line = bytes[..<end]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        let text = String(decoding: line, as: UTF8.self)
        bytes.removeFirst(end + 1)
        return .text(text)
    }
}

extension ScriptReader: EventHandler {
    func ready(_ readiness: Readiness, now: Instant) { readOnce() }
}
