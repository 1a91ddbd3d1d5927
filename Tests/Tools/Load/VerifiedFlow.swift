import Glibc
import ToolSupport

/// One flow whose every byte is known in advance.
final class VerifiedFlow {
    enum Mode: String {
        case echo
        case upload
        case download

        var service: Service {
            switch self {
            case .echo: .echo
            case .upload: .hash
            case .download: .pattern
            }
        }
    }

    enum Outcome: Equatable {
        case equal
        case wrongByte
        case wrongDigest
        case endedEarly
        case tooMuch
        case broken(code: Int32)

        var text: String {
            switch self {
            case .equal: "equal"
            case .wrongByte: "a wrong byte came back"
            case .wrongDigest: "the digests differ"
            case .endedEarly: "the flow ended early"
            case .tooMuch: "more bytes came back than were sent"
            case .broken(let code): String(cString: strerror(code))
            }
        }
    }

    private static let pieceBytes = 64 << 10

    let socket: Int32
    /// Payload bytes that came back and were right.
    private(set) var received = 0
    private(set) var outcome: Outcome?
    private(set) var digestText: [UInt8] = []
    private let mode: Mode
    private let pattern: Pattern
    private let byteCount: Int
    private var sent = 0
    private var isFinished = false
    private let digest = Digest()
    private var answer: [UInt8] = []
    /// The echo begins with the header byte.
    private var headerBytesLeft: Int

    init(socket: Int32, mode: Mode, seed: UInt64, byteCount: Int) {
        self.socket = socket
        self.mode = mode
        self.byteCount = byteCount
        pattern = Pattern(seed: seed)
        headerBytesLeft = mode == .echo ? 1 : 0
        if mode == .download { isFinished = true }
    }

    var interest: Poller.Interest { isFinished ? .reading : .both }

    func handle(_ event: Poller.Event) {
        withUnsafeTemporaryAllocation(byteCount: Self.pieceBytes, alignment: 16) { buffer in
            if event.isWritable && !isFinished { send(buffer) }
            if event.isReadable && outcome == nil { receive(buffer) }
        }
    }

    private func send(_ buffer: UnsafeMutableRawBufferPointer) {
        let count = min(buffer.count, byteCount - sent)
        if count > 0 {
            let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
            pattern.fill(piece, from: sent)
            let written = write(socket, piece.baseAddress, count)
            guard written >= 0 else { return failed() }
            if mode == .upload {
                digest.update(UnsafeRawBufferPointer(rebasing: piece[..<written]))
            }
            sent += written
        }
        if sent == byteCount {
            isFinished = true
            shutdown(socket, Int32(SHUT_WR))
        }
    }

    private func receive(_ buffer: UnsafeMutableRawBufferPointer) {
        let count = read(socket, buffer.baseAddress, buffer.count)
        guard count >= 0 else { return failed() }
        if mode == .upload { return receiveDigest(buffer, count: count) }
        guard count > 0 else {
            outcome = received == byteCount ? .equal : .endedEarly
            digestText = digest.finish()
            return
        }
        let skipped = min(headerBytesLeft, count)
        headerBytesLeft -= skipped
        check(UnsafeRawBufferPointer(rebasing: buffer[skipped..<count]))
    }

    private func check(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count <= byteCount - received else { return outcome = .tooMuch }
        guard let start = bytes.baseAddress else { return }
        withUnsafeTemporaryAllocation(byteCount: bytes.count, alignment: 16) { expected in
            pattern.fill(expected, from: received)
            guard let known = expected.baseAddress, memcmp(start, known, bytes.count) == 0 else {
                return outcome = .wrongByte
            }
            digest.update(bytes)
            received += bytes.count
        }
    }

    private func receiveDigest(_ buffer: UnsafeMutableRawBufferPointer, count: Int) {
        answer += buffer[..<count]
        guard count == 0 else { return }
        digestText = digest.finish()
        guard answer.count == digestText.count else { return outcome = .endedEarly }
        received = byteCount
        outcome = answer == digestText ? .equal : .wrongDigest
    }

    private func failed() {
        let code = errno
        if code != EAGAIN && code != EINTR { outcome = .broken(code: code) }
    }
}
