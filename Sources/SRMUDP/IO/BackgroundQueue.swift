/// Does what blocks beside the event loop: one thing after the other, on a thread of its own, which
/// starts with the first.
///
/// `Outcome` is what comes of each. It is handed out on the loop's thread, in a later turn, in the
/// order in which the work was given.
package final class BackgroundQueue<Outcome: Sendable> {
    /// Fails only where there is no thread.
    package typealias Completion = (Result<Outcome, SystemError>) -> Void

    private let loop: EventLoop
    private var helper: HelperThread?
    /// They stay here, because they hold objects of the loop's thread.
    private var completions: [UInt64: Completion] = [:]
    private var nextNumber: UInt64 = 0

    package init(loop: EventLoop) { self.loop = loop }

    /// What was not begun is dropped, and no completion is called any more.
    deinit { helper?.close() }

    /// How much waits or is being done.
    package var count: Int { completions.count }

    /// - Parameters:
    ///   - work: is called on the other thread.
    ///   - completion: is called once, unless this queue ends before.
    package func submit(
        _ work: @escaping @Sendable () -> Outcome, completion: @escaping Completion
    ) {
        let number = nextNumber
        nextNumber += 1
        completions[number] = completion
        let queue = LoopBound(self)
        do throws(SystemError) {
            if helper == nil { helper = try HelperThread() }
            helper?.submit { [mailbox = loop.mailbox] in
                let outcome = work()
                mailbox.post { queue.object?.finish(number, .success(outcome)) }
            }
        } catch {
            loop.mailbox.post { queue.object?.finish(number, .failure(error)) }
        }
    }

    private func finish(_ number: UInt64, _ result: Result<Outcome, SystemError>) {
        completions.removeValue(forKey: number)?(result)
    }
}
