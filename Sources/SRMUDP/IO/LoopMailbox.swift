internal import CSystem
internal import Synchronization

/// The door through which other threads reach an `EventLoop`.
///
/// It may be passed to any thread and outlives the loop harmlessly: what is posted after the loop
/// has ended is dropped.
package final class LoopMailbox: Sendable {
    private let posted = Mutex<[@Sendable () -> Void]>([])
    let wakeup: FileDescriptor

    init() throws(SystemError) {
        wakeup = try FileDescriptor("eventfd", csystem_wakeup_create(false))
    }

    /// Has `work` called on the loop's thread, in a later turn, in the order of posting.
    package func post(_ work: @escaping @Sendable () -> Void) {
        let wasEmpty = posted.withLock { queue in
            queue.append(work)
            return queue.count == 1
        }
        if wasEmpty { _ = csystem_wakeup_signal(wakeup.number) }
    }

    /// Takes out all that was posted up to now.
    func collect() -> [@Sendable () -> Void] {
        _ = csystem_wakeup_consume(wakeup.number)
        return posted.withLock { queue in
            let work = queue
            queue = []
            return work
        }
    }
}

/// A reference that may travel through other threads but be followed on the loop's thread only.
///
/// A posted closure must be `Sendable`, but what it is meant for is an object of the loop's thread,
/// which is not. This box is what the closure carries: `object` checks the thread. The reference
/// is weak, so that no other thread ever drops the last one.
package struct LoopBound<Object: AnyObject>: @unchecked Sendable {
    private weak var target: Object?
    private let thread: UInt64

    /// To be called on the loop's thread.
    package init(_ object: Object) {
        target = object
        thread = csystem_thread_current()
    }

    /// The object, if it still exists.
    package var object: Object? {
        precondition(thread == csystem_thread_current(), "an object of the loop's thread")
        return target
    }
}
