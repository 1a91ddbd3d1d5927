/// What `p2pfwd status --watch` has seen so far.
struct WatchModel {
    /// The last minutes of one session, a value for each look.
    struct History: Equatable {
        static let limit = 240

        private(set) var sent: [Int64?] = []
        private(set) var received: [Int64?] = []
        private(set) var roundTrip: [Int64?] = []

        fileprivate mutating func append(_ session: StatusReport.Session) {
            let isUp = session.upSeconds != nil
            Self.append(isUp ? session.sentBitsPerSecond : nil, to: &sent)
            Self.append(isUp ? session.receivedBitsPerSecond : nil, to: &received)
            Self.append(session.roundTripMicroseconds, to: &roundTrip)
        }

        private static func append(_ value: Int64?, to values: inout [Int64?]) {
            values.append(value)
            if values.count > limit { values.removeFirst() }
        }
    }

    /// A session, as far as it can be told from others of the same process and peer.
    private struct Key: Hashable {
        let processID: Int64
        let peer: String
        let number: Int
    }

    private(set) var reports: [StatusReport] = []
    private var histories: [Key: History] = [:]

    /// The reports of one look; what is not in them any more is forgotten.
    mutating func take(_ reports: [StatusReport]) {
        self.reports = reports
        var next: [Key: History] = [:]
        for report in reports {
            for (index, session) in report.sessions.enumerated() {
                let key = key(of: index, in: report)
                var history = histories[key] ?? History()
                history.append(session)
                next[key] = history
            }
        }
        histories = next
    }

    /// - Parameter index: of the session.
    func history(of index: Int, in report: StatusReport) -> History {
        histories[key(of: index, in: report)] ?? History()
    }

    private func key(of index: Int, in report: StatusReport) -> Key {
        let peer = report.sessions[index].peer
        let number = report.sessions[..<index].count { $0.peer == peer }
        return Key(processID: report.processID, peer: peer, number: number)
    }
}
