internal import CSystem
internal import Synchronization

/// A thread for calls that block: it does what it is given, one thing after the other.
///
/// Nothing of the event loop's is touched there; what comes of the work goes back through a
/// `LoopMailbox`.
package final class HelperThread: Sendable {
    private struct State {
        var work: [@Sendable () -> Void] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    /// Counts what waits, plus one for the end.
    private let bell: FileDescriptor

    /// Starts the thread, which keeps this object until `close`.
    package init() throws(SystemError) {
        bell = try FileDescriptor("eventfd", csystem_wakeup_create(true))
        let context = Unmanaged.passRetained(self)
        let result = csystem_thread_start(
            { context in
                // The context is the one given below, never nil.
                Unmanaged<HelperThread>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        if result < 0 { context.release() }
        try SystemError.check("pthread_create", result)
    }

    package func submit(_ work: @escaping @Sendable () -> Void) {
        state.withLock { $0.work.append(work) }
        _ = csystem_wakeup_signal(bell.number)
    }

    /// Ends the thread after what it has in hands.
    package func close() {
        state.withLock {
            $0.isClosed = true
            $0.work = []
        }
        _ = csystem_wakeup_signal(bell.number)
    }

    private func run() {
        while true {
            _ = csystem_wakeup_consume(bell.number)
            let (work, isClosed) = state.withLock { state -> ((@Sendable () -> Void)?, Bool) in
                (state.work.isEmpty ? nil : state.work.removeFirst(), state.isClosed)
            }
            if isClosed { return }
            work?()
        }
    }
}
