import SRMUDP

/// How many clients a server has, in all and per source; both are bounded.
struct ClientCensus {
    private let limit: Int
    private let limitPerSource: Int
    private var count = 0
    private var countBySource: [SourceNetwork: Int] = [:]

    init(limit: Int, limitPerSource: Int) {
        self.limit = limit
        self.limitPerSource = limitPerSource
    }

    /// Counts one more, unless that is one too many.
    /// - Returns: whether it was counted; `leave` follows then.
    mutating func enter(_ source: SourceNetwork) -> Bool {
        let former = countBySource[source, default: 0]
        guard count < limit, former < limitPerSource else { return false }
        count += 1
        countBySource[source] = former + 1
        return true
    }

    mutating func leave(_ source: SourceNetwork) {
        count -= 1
        let rest = countBySource[source, default: 1] - 1
        countBySource[source] = rest > 0 ? rest : nil
    }
}
