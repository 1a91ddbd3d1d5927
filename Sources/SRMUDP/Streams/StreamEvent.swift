/// What the application is told about streams.
///
/// After `closed` the ID is of no use any more; calls with it do nothing.
package enum StreamEvent: BitwiseCopyable, Equatable, Sendable {
    /// The peer opened the stream.
    case opened(StreamID)
    /// There is something to read, or the end was reached; told once until it was polled.
    case readable(StreamID)
    /// A stream that had refused bytes takes some again.
    case writable(StreamID)
    /// The peer gave its half up; unread bytes are gone.
    case reset(StreamID, code: UInt64)
    /// The peer does not want the rest; our half has been reset with the same code.
    case stopped(StreamID, code: UInt64)
    /// The peer has received all that we wrote, and the end.
    case finished(StreamID)
    /// Both halves are over.
    case closed(StreamID)

    package var stream: StreamID {
        switch self {
        case .opened(let id), .readable(let id), .writable(let id), .reset(let id, _),
            .stopped(let id, _), .finished(let id), .closed(let id):
            id
        }
    }
}
