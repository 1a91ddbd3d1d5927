import SRMUDP

/// A request that the server has not answered yet.
enum PendingRequest: Equatable {
    case call(CallID)
    case attach(RelayToken)
    case claim
    case join(Nameplate)
}

/// The requests that wait for an answer, in the order in which they were made.
///
/// One that was given up stays until its answer comes: the server answers in order, and not every
/// answer names its request, so that the answer must not be taken for another one's.
struct PendingRequests {
    /// More that were given up are not remembered.
    static let abandonedLimit = 64

    /// What an answer belongs to.
    enum Match: Equatable {
        case awaited(PendingRequest)
        /// A request that was given up.
        case abandoned
        /// Nothing was asked.
        case none
    }

    private struct Entry {
        let request: PendingRequest
        /// Nil once it was given up.
        var deadline: Instant?
    }

    private var entries: [Entry] = []

    var nextDeadline: Instant? { entries.compactMap(\.deadline).min() }

    mutating func append(_ request: PendingRequest, deadline: Instant) {
        entries.append(Entry(request: request, deadline: deadline))
    }

    /// Takes out the oldest request that fits.
    mutating func take(where fits: (PendingRequest) -> Bool) -> Match {
        guard let index = entries.firstIndex(where: { fits($0.request) }) else { return .none }
        let entry = entries.remove(at: index)
        return entry.deadline == nil ? .abandoned : .awaited(entry.request)
    }

    /// Takes this request out.
    /// - Returns: whether it was awaited.
    mutating func take(_ request: PendingRequest) -> Bool {
        take { $0 == request } == .awaited(request)
    }

    /// Gives up what is due.
    mutating func abandonDue(now: Instant) -> [PendingRequest] {
        var due: [PendingRequest] = []
        for index in entries.indices {
            guard let deadline = entries[index].deadline, deadline <= now else { continue }
            entries[index].deadline = nil
            due.append(entries[index].request)
        }
        let abandoned = entries.indices.filter { entries[$0].deadline == nil }
        if let oldest = abandoned.first, abandoned.count > Self.abandonedLimit {
            entries.remove(at: oldest)
        }
        return due
    }

    /// Takes all out.
    /// - Returns: those that were awaited.
    mutating func removeAll() -> [PendingRequest] {
        defer { entries = [] }
        return entries.filter { $0.deadline != nil }.map(\.request)
    }
}
