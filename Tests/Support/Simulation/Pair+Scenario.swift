import SRMUDP

// Words that scenario tests are written in.
extension Pair {
    /// Opens a stream, writes `bytes` and finishes it.
    package func open(from side: Side, bytes: Int) {
        self[side].open(bytes: bytes, ending: .finish)
        network.flush(host(side))
    }

    package func setBlackout(_ isBlackout: Bool, from side: Side) {
        network.changeConditions(from: host(side), to: host(side.opposite)) {
            $0.isBlackout = isBlackout
        }
    }

    /// Changes both directions.
    package func changeConditions(_ change: (inout LinkConditions) -> Void) {
        for side in Side.allCases {
            network.changeConditions(from: host(side), to: host(side.opposite), change)
        }
    }

    /// Whether the other side has read all that `side` wrote on its streams.
    package func isRead(from side: Side) -> Bool {
        self[side].application.streams.allSatisfy {
            ledger.halfPipe($0, from: side).isSettled
        }
    }

    @discardableResult
    package func driveUntilRead(from side: Side, within interval: Interval) -> Bool {
        drive(for: interval) { self.isRead(from: side) }
    }

    package var summaries: String {
        Side.allCases.map { "\($0): \(self[$0].summary)" }.joined(separator: "\n")
            + "\n\(ledger.unsettled)"
    }
}
