/// How many spare sockets the node behind a hard NAT opens, and how fast: the other half of what
/// `PortGuesser` does.
///
/// A NAT that counts takes its ports one after another, so a few sockets make a run of ports beside
/// the last one seen. One that takes them by chance needs so many that a guess has a chance.
package struct PortStage {
    /// How long after the connection came up a direct path is waited for without this.
    package static let patience: Interval = .seconds(3)
    /// How long the sockets are kept open for the peer's guesses.
    package static let length: Interval = .seconds(20)
    /// How long after one stage the next one may begin, and how many there may be.
    package static let rest: Interval = .seconds(120)
    package static let limit = 3
    /// Towards our own NATs, not the peer's.
    package static let hopLimit: UInt8 = 3
    /// So many sockets are opened at a time, and then a little later the next ones.
    package static let batch = 16
    package static let pace: Interval = .milliseconds(10)

    /// Where the peer sees our NAT, one port further than last.
    package let hint: SocketAddress
    package let isCounting: Bool
    /// How many sockets to open.
    package let count: Int

    /// Nil where the NAT is not of this kind, or the budget is not worth beginning.
    ///
    /// - Parameters:
    ///   - report: just made, from a socket that the NAT did not know.
    ///   - budget: how many datagrams may be spent.
    package init?(_ report: NetworkReport, budget: Int) {
        guard report.mapping == .portDependent || report.mapping == .addressDependent,
            let last = report.predicted ?? report.observed
        else { return nil }
        hint = last
        isCounting = report.predicted != nil
        count = min(isCounting ? PortGuesser.stride * 4 : 256, budget)
        guard count >= PortGuesser.stride else { return nil }
    }

    /// What the peer is told for as long as the stage lasts.
    package var candidates: [Candidate] {
        (isCounting ? [Candidate(.predicted, hint)] : []) + [Candidate(.anyPort, hint)]
    }

    /// Where the peer will guess from, out of what it tells of itself: where a server saw it. Nil if
    /// nothing of it is in the Internet that our NAT leads to.
    package static func remote(among candidates: [Candidate], near hint: SocketAddress)
        -> SocketAddress?
    {
        let kinds: [Candidate.Kind] = [.reflexive, .portMapped, .manual, .host]
        let possible = candidates.filter {
            $0.address.ip.isIPv4 == hint.ip.isIPv4 && $0.address.ip != hint.ip
                && Openers.concern($0.address)
        }
        return kinds.lazy.compactMap { kind in possible.first { $0.kind == kind }?.address }.first
    }
}
