import SRMUDP

/// When and for whom the streams of a session began.
struct FlowBook {
    struct Entry {
        let since: Instant
        /// It came from outside: from the peer, or in at a listener of the peer's.
        let isServed: Bool
        /// The forward of ours that it belongs to; nil: none.
        let origin: ForwardOrigin?
    }

    private var entries: [StreamID: Entry] = [:]
    private(set) var servedCount = 0

    subscript(stream: StreamID) -> Entry? { entries[stream] }

    var servedStreams: [StreamID] { entries.compactMap { $0.value.isServed ? $0.key : nil } }

    mutating func enter(_ entry: Entry, for stream: StreamID, of user: any StreamUser) {
        note(entry, for: stream)
        entry.origin?.began(user)
    }

    /// The same for one that began in another program of this process.
    mutating func continues(_ entry: Entry, for stream: StreamID, of user: any StreamUser) {
        note(entry, for: stream)
        entry.origin?.continues(user)
    }

    private mutating func note(_ entry: Entry, for stream: StreamID) {
        entries[stream] = entry
        if entry.isServed { servedCount += 1 }
    }

    mutating func remove(_ stream: StreamID, of user: any StreamUser) -> Entry? {
        guard let entry = entries.removeValue(forKey: stream) else { return nil }
        if entry.isServed { servedCount -= 1 }
        entry.origin?.ended(user)
        return entry
    }
}
