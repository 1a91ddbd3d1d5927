import SRMUDP

/// A destination that a peer wants and no rule permits.
package struct DestinationQuestion: Equatable {
    package let peer: String
    package let target: HostPort
    /// What the host resolved to, and what is dialled if the answer is yes.
    package let addresses: [IPAddress]
    /// A client of the peer's proxy named the destination.
    package let isDynamic: Bool

    package init(peer: String, target: HostPort, addresses: [IPAddress], isDynamic: Bool) {
        self.peer = peer
        self.target = target
        self.addresses = addresses
        self.isDynamic = isDynamic
    }

    /// Rules, in the form of `--permit`, that permit this and nothing else.
    ///
    /// They name the host as the peer did, except where such a rule would permit more (a name that
    /// looks like a pattern) or not this (a proxy's client and a name for a closed address).
    package var rules: [String] {
        let isClosed = isDynamic && addresses.contains { ClosedRanges.range(of: $0) != nil }
        if let rule = Self.rule("\(target)"), !isClosed || rule.isForLocalhost {
            return ["\(target)"]
        }
        return addresses.map { "\(HostPort.text("\($0)", target.port))" }
    }

    private static func rule(_ text: String) -> AccessPolicy.Rule? {
        guard !text.contains(","), !text.contains("="),
            let policy = try? AccessPolicy(parsing: [text]),
            let rule = policy.rules.first
        else { return nil }
        switch rule.host {
        case .localhost, .name: return rule
        case .addresses(let block): return block.length >= 32 ? rule : nil
        case .any, .suffix: return nil
        }
    }
}

extension AccessPolicy.Rule {
    fileprivate var isForLocalhost: Bool { host == .localhost }
}

package enum DestinationAnswer: String, Equatable, CaseIterable {
    case no
    /// This connection.
    case once
    /// This destination until the peer's last session ends.
    case session
    /// From now on; whoever was asked writes it down.
    case always
}

/// Puts questions to a person or a command.
package protocol DestinationAsker: AnyObject {
    /// Calls `answer` once, perhaps before this method returns, unless the question is withdrawn.
    /// - Returns: a closure that withdraws the question.
    func ask(
        _ question: DestinationQuestion, _ answer: @escaping (DestinationAnswer) -> Void
    ) -> () -> Void
}
