import CTools
import Glibc

/// An epoll instance whose entries are told apart by a number.
package final class Poller {
    package struct Event {
        package let token: Int
        package let isReadable: Bool
        package let isWritable: Bool
    }

    package enum Interest {
        case reading
        case writing
        case both

        fileprivate var mask: UInt32 {
            switch self {
            case .reading: UInt32(EPOLLIN.rawValue)
            case .writing: UInt32(EPOLLOUT.rawValue)
            case .both: UInt32(EPOLLIN.rawValue | EPOLLOUT.rawValue)
            }
        }
    }

    private static let capacity = 512
    private let epoll: Int32
    private let events: UnsafeMutablePointer<epoll_event>

    package init() throws(SystemError) {
        epoll = try SystemError.check(epoll_create1(Int32(EPOLL_CLOEXEC)), "epoll_create1")
        events = .allocate(capacity: Self.capacity)
        events.initialize(repeating: epoll_event(), count: Self.capacity)
    }

    deinit {
        events.deallocate()
        close(epoll)
    }

    package func add(_ descriptor: Int32, token: Int, _ interest: Interest) throws(SystemError) {
        try control(EPOLL_CTL_ADD, descriptor, token, interest)
    }

    /// Adds a descriptor for reading if it is of a kind that can be waited for.
    package func canAdd(_ descriptor: Int32, token: Int) -> Bool {
        tools_epoll_control(
            epoll, EPOLL_CTL_ADD, descriptor, Interest.reading.mask,
            UInt64(truncatingIfNeeded: token)) == 0
    }

    package func modify(_ descriptor: Int32, token: Int, _ interest: Interest) throws(SystemError) {
        try control(EPOLL_CTL_MOD, descriptor, token, interest)
    }

    package func remove(_ descriptor: Int32) {
        // A descriptor that is not there any more is what the caller wants.
        _ = tools_epoll_control(epoll, EPOLL_CTL_DEL, descriptor, 0, 0)
    }

    /// Waits for events, at most `nanoseconds` (negative: for ever); returns how many there are.
    package func wait(nanoseconds: Int64) throws(SystemError) -> Int {
        let count = tools_epoll_wait(epoll, events, Int32(Self.capacity), nanoseconds)
        if count == -EINTR { return 0 }
        return Int(try SystemError.check(count, "epoll_pwait2"))
    }

    /// The event at `index` of the last wait. Errors and hang-ups show as both kinds of readiness.
    package func event(at index: Int) -> Event {
        let event = events[index]
        let broken = event.events & UInt32(EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0
        return Event(
            token: Int(truncatingIfNeeded: event.data.u64),
            isReadable: broken || event.events & UInt32(EPOLLIN.rawValue) != 0,
            isWritable: broken || event.events & UInt32(EPOLLOUT.rawValue) != 0)
    }

    private func control(
        _ operation: Int32, _ descriptor: Int32, _ token: Int, _ interest: Interest
    ) throws(SystemError) {
        let result = tools_epoll_control(
            epoll, operation, descriptor, interest.mask, UInt64(truncatingIfNeeded: token))
        try SystemError.check(result, "epoll_ctl")
    }
}
