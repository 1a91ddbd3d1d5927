import SRMUDP

/// Writes down what is worth knowing the next time, on a thread of its own: a disk may take seconds,
/// and so may another process that has the file, while the loop has flows to serve.
///
/// Notes are written one after the other, in the order in which they came. What must be on disk before
/// something else may happen, such as the use of a ticket, is no note.
final class NoteWriter {
    /// How long the end of a process waits for notes.
    private static let patience: Interval = .seconds(2)

    private let loop: EventLoop
    private let logger: Logger
    private var helper: HelperThread?
    /// Of the notes that are not written yet.
    private var completions: [UInt64: (_ complaint: String?) -> Void] = [:]
    private var nextNumber: UInt64 = 0
    private var waiting: [() -> Void] = []
    private var timer: TimerID?

    init(loop: EventLoop, logger: Logger) {
        self.loop = loop
        self.logger = logger
    }

    deinit { helper?.close() }

    /// Whether everything is written.
    var isIdle: Bool { completions.isEmpty }

    /// - Parameters:
    ///   - work: writes the note, on the other thread.
    ///   - completion: is told, in a later turn of the loop, what kept it from that.
    func write(
        _ work: @escaping @Sendable () throws(PeerError) -> Void,
        _ completion: @escaping (_ complaint: String?) -> Void
    ) {
        let number = nextNumber
        nextNumber += 1
        completions[number] = completion
        do throws(SystemError) {
            if helper == nil { helper = try HelperThread() }
        } catch {
            let complaint = error.description
            loop.schedule(at: loop.now) { [weak self] in self?.wrote(number, complaint) }
            return
        }
        let writer = LoopBound(self)
        let mailbox = loop.mailbox
        helper?.submit {
            var complaint: String?
            do throws(PeerError) { try work() } catch { complaint = "\(error)" }
            mailbox.post { [complaint] in writer.object?.wrote(number, complaint) }
        }
    }

    /// Calls `completion` when everything is written, which may be at once, or when that takes too
    /// long.
    func finish(_ completion: @escaping () -> Void) {
        guard !isIdle else { return completion() }
        waiting.append(completion)
        guard timer == nil else { return }
        timer = loop.schedule(after: Self.patience) { [weak self] in
            self?.logger.warning("where peers were reached is not saved: the disk is too slow")
            self?.goOn()
        }
    }

    private func wrote(_ number: UInt64, _ complaint: String?) {
        completions.removeValue(forKey: number)?(complaint)
        if isIdle { goOn() }
    }

    private func goOn() {
        if let timer { loop.cancel(timer) }
        timer = nil
        let waiting = waiting
        self.waiting = []
        for completion in waiting { completion() }
    }
}
