/// What carries the datagrams of a path, best first.
package enum PathKind: UInt8, Sendable, CaseIterable {
    /// The network alone.
    case direct
    /// A relay that is reached by UDP, a peer that relays, or the WebSocket to a server, which is
    /// the only way to it.
    case relay
    /// A relay that is reached through a WebSocket: TCP's queue comes on top of the detour.
    case relayInWebSocket

    package init(_ address: SocketAddress) {
        self =
            switch LinkAddress(address)?.kind {
            case nil, .socket: .direct
            case .relay, .webSocket, .peer: .relay
            case .relayInWebSocket: .relayInWebSocket
            }
    }
}

extension PathKind: Comparable {
    /// The smaller one is the better one.
    package static func < (left: PathKind, right: PathKind) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// What the choice between two proven paths depends on.
package struct PathQuality: Equatable, Sendable {
    package let kind: PathKind
    package let roundTrip: Interval

    package init(kind: PathKind, roundTrip: Interval) {
        self.kind = kind
        self.roundTrip = roundTrip
    }

    /// Whether a path like this should take the place of one like `current`: always if it is of a
    /// better kind, whatever the times; otherwise only if it is clearly faster, so that two alike
    /// do not take turns.
    package func isBetter(than current: PathQuality) -> Bool {
        guard kind == current.kind else { return kind < current.kind }
        return roundTrip + .milliseconds(2) + current.roundTrip / 8 < current.roundTrip
    }
}
