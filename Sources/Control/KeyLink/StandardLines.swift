internal import Glibc
import SRMUDP

/// Standard input as lines, and standard output for whoever reads it, on the event loop.
///
/// Neither holds the loop up: what the reader of the output does not take waits here, and input is
/// read only while it is wanted.
final class StandardLines {
    /// The next line, without its end.
    var line: ([UInt8]) -> Void = { _ in }
    /// Input has ended, behind its last line.
    var inputEnded: () -> Void = {}
    /// What waited to be written has been.
    var drained: () -> Void = {}
    var failed: (SystemError) -> Void = { _ in }
    /// A line is longer than lines may be.
    var tooLong: () -> Void = {}

    private static let readSize = 65_536

    private let loop: EventLoop
    private let input: StandardFile
    private let output: StandardFile
    private var framing: LineFraming
    private var isReading = false
    private var inputIsOver = false
    /// From `written` on it waits.
    private var waiting: [UInt8] = []
    private var written = 0

    /// Takes the standard streams over from the process.
    init(loop: EventLoop, longestLine: Int) throws(SystemError) {
        self.loop = loop
        framing = LineFraming(limit: longestLine)
        input = try StandardFile(.input, loop: loop)
        output = try StandardFile(.output, loop: loop)
        input.whenReady = { [weak self] in self?.read() }
        output.whenReady = { [weak self] in self?.flush() }
    }

    /// Bytes that wait to be written.
    var waitingCount: Int { waiting.count - written }

    /// Whether lines are wanted.
    var wantsLines: Bool {
        get { isReading }
        set {
            guard newValue != isReading else { return }
            isReading = newValue
            if newValue {
                // Lines may be there already, and must not come from within this call.
                loop.schedule(at: loop.now) { [weak self] in self?.handOver() }
            } else {
                input.isWatched = false
            }
        }
    }

    func write(_ bytes: [UInt8]) {
        waiting += bytes
        flush()
    }

    /// Writes what can be written at once, and gives the streams back.
    func close() {
        flush()
        input.close()
        output.close()
    }

    // MARK: Input

    private func read() {
        guard isReading, !inputIsOver else { return }
        var bytes = [UInt8](repeating: 0, count: Self.readSize)
        let count = Glibc.read(input.number, &bytes, bytes.count)
        if count < 0 {
            if errno != EAGAIN, errno != EINTR {
                failed(SystemError("read", code: errno))
                inputIsOver = true
                input.isWatched = false
            }
            return
        }
        if count == 0 {
            inputIsOver = true
            // What stands behind the last line feed is a line as well.
            if !framing.isEmpty { framing.append([UInt8(ascii: "\n")]) }
        } else {
            framing.append(Array(bytes[..<count]))
        }
        handOver()
    }

    private func handOver() {
        while isReading {
            do throws(LineFraming.TooLong) {
                guard let next = try framing.next() else { break }
                line(next)
            } catch {
                inputIsOver = true
                input.isWatched = false
                return tooLong()
            }
        }
        guard isReading else { return }
        input.isWatched = !inputIsOver
        if inputIsOver {
            isReading = false
            inputEnded()
        }
    }

    // MARK: Output

    private func flush() {
        while written < waiting.count {
            let count = waiting[written...].withUnsafeBytes {
                Glibc.write(output.number, $0.baseAddress, $0.count)
            }
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EAGAIN {
                    output.isWatched = true
                    return
                }
                failed(SystemError("write", code: errno))
                break
            }
            written += count
        }
        let hadToWait = output.isWatched
        output.isWatched = false
        waiting = []
        written = 0
        if hadToWait { drained() }
    }
}

/// One of the standard streams, as the event loop knows it.
private final class StandardFile: EventHandler {
    var whenReady: () -> Void = {}

    private let file: FileDescriptor
    private let direction: Readiness
    private let loop: EventLoop
    private let flags: Int32?
    /// Whether the system can say when it is ready; of a regular file it cannot, which always is.
    private var isRegistered = false
    private var isWanted = false
    private var isClosed = false
    private var isScheduled = false

    init(_ stream: FileDescriptor.StandardStream, loop: EventLoop) throws(SystemError) {
        var flags: Int32?
        file = try FileDescriptor.takingOver(stream, restoreFlags: &flags)
        self.flags = flags
        self.loop = loop
        direction = stream == .input ? .readable : .writable
        do throws(SystemError) {
            try loop.register(file.number, for: .none, handler: self)
            isRegistered = true
        } catch {
            // That is what is said of regular files and of the null device.
            guard error.code == ErrorNumber.notPermitted else { throw error }
        }
    }

    var number: Int32 { file.number }

    var isWatched: Bool {
        get { isWanted }
        set {
            guard !isClosed else { return }
            isWanted = newValue
            if isRegistered {
                loop.update(number, for: newValue ? direction : .none)
            } else if newValue, !isScheduled {
                isScheduled = true
                loop.schedule(at: loop.now) { [weak self] in
                    guard let self else { return }
                    isScheduled = false
                    guard isWanted, !isClosed else { return }
                    whenReady()
                }
            }
        }
    }

    func ready(_ readiness: Readiness, now: Instant) {
        guard isWanted else { return }
        whenReady()
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        if isRegistered { loop.unregister(number) }
        if let flags { file.restore(flags) }
    }
}
