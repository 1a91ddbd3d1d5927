import SRMUDP

/// What all WebSockets of one owner share for their compression.
///
/// A message that refers to no other needs its stream only while it is compressed or expanded, all at
/// once: so one stream serves everybody, and an idle WebSocket takes no memory for it. Messages pass
/// through one queue for the same reason.
package final class CompressionWorkspace {
    package let settings: CompressionSettings
    /// Empty between two messages.
    var queue = ByteQueue()
    private var deflaters: [Int: DeflateStream] = [:]
    private lazy var inflater = makeInflater(
        windowBits: DeflateParameters.windowBits.upperBound)

    /// Beyond this much, the queue's memory is given back after a message.
    private static let keptCapacity = 65_536

    package init(_ settings: CompressionSettings) { self.settings = settings }

    /// The shared stream that compresses for such a window; there are seven at most.
    func deflater(windowBits: Int) -> DeflateStream {
        if let stream = deflaters[windowBits] { return stream }
        let stream = makeDeflater(windowBits: windowBits)
        deflaters[windowBits] = stream
        return stream
    }

    /// The shared stream that expands; the largest window fits all others.
    func sharedInflater() -> InflateStream { inflater }

    /// A stream for one WebSocket alone.
    func makeDeflater(windowBits: Int) -> DeflateStream {
        DeflateStream(level: settings.level, windowBits: windowBits)
    }

    func makeInflater(windowBits: Int) -> InflateStream { InflateStream(windowBits: windowBits) }

    /// Empties the queue behind a message.
    func clear() {
        queue.skip(queue.count)
        if queue.storage.count > Self.keptCapacity { queue.releaseMemory() }
    }
}
