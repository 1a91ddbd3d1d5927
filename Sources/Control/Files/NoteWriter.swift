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
    /// Its outcomes are complaints.
    private let queue: BackgroundQueue<String?>
    private var waiting: [() -> Void] = []
    private var timer: TimerID?

    init(loop: EventLoop, logger: Logger) {
        self.loop = loop
        self.logger = logger
        queue = BackgroundQueue(loop: loop)
    }

    /// Whether everything is written.
    var isIdle: Bool { queue.count == 0 }

    /// - Parameters:
    ///   - work: writes the note, on the other thread.
    ///   - completion: is told, in a later turn of the loop, what kept it from that.
    func write(
        _ work: @escaping @Sendable () throws(FileError) -> Void,
        _ completion: @escaping (_ complaint: String?) -> Void
    ) {
        queue.submit {
            do throws(FileError) {
                try work()
                return nil
            } catch {
                return "\(error)"
            }
        } completion: { [weak self] result in
            switch result {
            case .success(let complaint): completion(complaint)
            case .failure(let error): completion(error.description)
            }
            if let self, isIdle { goOn() }
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

    private func goOn() {
        if let timer { loop.cancel(timer) }
        timer = nil
        let waiting = waiting
        self.waiting = []
        for completion in waiting { completion() }
    }
}
