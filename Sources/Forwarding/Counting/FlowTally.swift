import SRMUDP

/// What became of all flows of a node, in numbers that only grow.
///
/// All sessions of a node share one. It is told when a flow opens, fails and ends; what moves inside
/// a flow costs nothing here, because the bytes of open flows are asked for when somebody wants to
/// know (`ForwardingSession.flowSums`).
package final class FlowTally {
    /// Who wanted the flow.
    package enum Opener: Hashable, CaseIterable, Sendable {
        /// A client of a forward of ours, or of the node itself.
        case node
        /// The peer, also by what came in at a listener of its.
        case peer
    }

    /// Why a flow that was wanted did not open.
    package enum Failure: Hashable, CaseIterable, Sendable {
        case generalFailure, notPermitted, networkUnreachable, hostUnreachable, connectionRefused
        case timedOut, nameNotFound, badRequest, tooManyRequests
        /// It waited too long for a session or a stream.
        case dropped
        /// Whoever wanted it went away before the answer.
        case abandoned
        /// The session ended before the answer.
        case sessionEnded
    }

    /// The flows of one opener.
    package struct Counts {
        package fileprivate(set) var opened: UInt64 = 0
        package fileprivate(set) var failed: [Failure: UInt64] = [:]
        package fileprivate(set) var ended: [FlowEnd: UInt64] = [:]
        /// Of ended flows: bytes that went to the peer.
        package fileprivate(set) var sentBytes: UInt64 = 0
        /// Of ended flows: bytes that came from the peer.
        package fileprivate(set) var receivedBytes: UInt64 = 0
        /// How long ended flows were there.
        package fileprivate(set) var durations = DurationHistogram(bounds: Self.durationBounds)

        /// From short requests to shells that are left open.
        private static let durationBounds: [Interval] = [
            .milliseconds(10), .milliseconds(100), .seconds(1), .seconds(10), .seconds(60),
            .seconds(600), .seconds(3_600), .seconds(21_600), .seconds(86_400),
        ]
    }

    private static let openingBounds: [Interval] = [
        .milliseconds(1), .milliseconds(5), .milliseconds(10), .milliseconds(25),
        .milliseconds(50), .milliseconds(100), .milliseconds(250), .milliseconds(500), .seconds(1),
        .milliseconds(2_500), .seconds(5), .seconds(10),
    ]

    private var counts: [Opener: Counts] = [:]
    /// From our request on a stream to the peer's answer that it has connected.
    package private(set) var openingTimes = DurationHistogram(bounds: openingBounds)

    package init() {}

    package subscript(opener: Opener) -> Counts { counts[opener] ?? Counts() }

    // MARK: For the sessions

    /// - Parameter time: how long the peer took; nil where it was this side that connected.
    func opened(by opener: Opener, after time: Interval?) {
        counts[opener, default: Counts()].opened += 1
        if let time { openingTimes.observe(time) }
    }

    package func failed(by opener: Opener, _ failure: Failure, count: Int = 1) {
        counts[opener, default: Counts()].failed[failure, default: 0] += UInt64(count)
    }

    func ended(
        by opener: Opener, _ end: FlowEnd, after time: Interval, sent: UInt64, received: UInt64
    ) {
        counts[opener, default: Counts()].ended[end, default: 0] += 1
        counts[opener, default: Counts()].durations.observe(time)
        counts[opener, default: Counts()].sentBytes &+= sent
        counts[opener, default: Counts()].receivedBytes &+= received
    }
}

extension FlowTally.Failure {
    /// Nil for the answer that is none.
    init?(_ status: OpenReply.Status) {
        switch status {
        case .connected: return nil
        case .generalFailure: self = .generalFailure
        case .notPermitted: self = .notPermitted
        case .networkUnreachable: self = .networkUnreachable
        case .hostUnreachable: self = .hostUnreachable
        case .refused: self = .connectionRefused
        case .timedOut: self = .timedOut
        case .nameNotFound: self = .nameNotFound
        case .badRequest: self = .badRequest
        case .tooManyRequests: self = .tooManyRequests
        }
    }

    /// Of a flow that ended without an answer.
    init(unanswered end: FlowEnd?) {
        switch end {
        case .sessionLost, .sessionClosed: self = .sessionEnded
        case .notPermitted: self = .notPermitted
        case .refused, .reset(.far), .closed(.far): self = .generalFailure
        case .unreachable: self = .hostUnreachable
        case .closed(.near), .reset(.near), .idle, .cancelled, nil: self = .abandoned
        }
    }
}

/// The flows of one opener that are open, and what they have moved.
package struct FlowSums: Equatable, Sendable {
    package var count = 0
    package var sentBytes: UInt64 = 0
    package var receivedBytes: UInt64 = 0

    package init() {}

    package static func += (sums: inout FlowSums, other: FlowSums) {
        sums.count += other.count
        sums.sentBytes &+= other.sentBytes
        sums.receivedBytes &+= other.receivedBytes
    }

    mutating func add(_ user: any StreamUser) {
        count += 1
        sentBytes &+= user.uploadedBytes
        receivedBytes &+= user.downloadedBytes
    }
}
