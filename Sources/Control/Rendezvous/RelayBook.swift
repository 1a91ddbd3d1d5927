import SRMUDP

/// Who may use the relay, and who does: tokens that wait for both sides, and sides of channels.
///
/// Tokens are found by their digest. A token is over with its second side.
struct RelayBook {
    /// Which of the two nodes a token speaks of.
    enum Role {
        case caller
        case callee
    }

    struct WaitingToken {
        let token: RelayToken
        let caller: PublicKey
        let callee: PublicKey
        /// Where the call came from.
        let source: SourceNetwork
        let deadline: Instant
        var callerSide: RelayChannelID?
        var calleeSide: RelayChannelID?

        func role(of key: PublicKey) -> Role? {
            key == caller ? .caller : key == callee ? .callee : nil
        }

        func side(_ role: Role) -> RelayChannelID? {
            switch role {
            case .caller: callerSide
            case .callee: calleeSide
            }
        }

        var sides: [RelayChannelID] { [callerSide, calleeSide].compactMap(\.self) }
    }

    struct Side {
        let client: RendezvousServer.ClientID
        let source: SourceNetwork
        /// The other side, once both are joined.
        var peer: RelayChannelID?
        /// The token under which it waits, until then.
        var waitingFor: [UInt8]?
    }

    private var tokens: [[UInt8]: WaitingToken] = [:]
    private var tokensBySource: [SourceNetwork: Int] = [:]
    private var sides: [RelayChannelID: Side] = [:]
    private var sidesBySource: [SourceNetwork: Int] = [:]

    var tokenCount: Int { tokens.count }
    var channelCount: Int { sides.count }

    func tokenCount(of source: SourceNetwork) -> Int { tokensBySource[source] ?? 0 }
    func channelCount(of source: SourceNetwork) -> Int { sidesBySource[source] ?? 0 }
    func token(_ digest: [UInt8]) -> WaitingToken? { tokens[digest] }
    func side(_ channel: RelayChannelID) -> Side? { sides[channel] }

    func isAttached(_ client: RendezvousServer.ClientID, to digest: [UInt8]) -> Bool {
        tokens[digest]?.sides.contains { sides[$0]?.client == client } ?? false
    }

    mutating func insert(_ token: WaitingToken) {
        tokens[token.token.digest] = token
        tokensBySource[token.source, default: 0] += 1
    }

    mutating func removeToken(_ digest: [UInt8]) -> WaitingToken? {
        guard let token = tokens.removeValue(forKey: digest) else { return nil }
        Self.decrement(token.source, in: &tokensBySource)
        return token
    }

    mutating func attach(_ channel: RelayChannelID, _ side: Side, as role: Role) {
        sides[channel] = side
        sidesBySource[side.source, default: 0] += 1
        guard let digest = side.waitingFor else { return }
        switch role {
        case .caller: tokens[digest]?.callerSide = channel
        case .callee: tokens[digest]?.calleeSide = channel
        }
    }

    mutating func join(_ first: RelayChannelID, _ second: RelayChannelID) {
        sides[first]?.waitingFor = nil
        sides[first]?.peer = second
        sides[second]?.waitingFor = nil
        sides[second]?.peer = first
    }

    mutating func removeSide(_ channel: RelayChannelID) -> Side? {
        guard let side = sides.removeValue(forKey: channel) else { return nil }
        Self.decrement(side.source, in: &sidesBySource)
        guard let digest = side.waitingFor, let token = tokens[digest] else { return side }
        if token.callerSide == channel { tokens[digest]?.callerSide = nil }
        if token.calleeSide == channel { tokens[digest]?.calleeSide = nil }
        return side
    }

    private static func decrement(_ source: SourceNetwork, in counts: inout [SourceNetwork: Int]) {
        let rest = (counts[source] ?? 1) - 1
        counts[source] = rest > 0 ? rest : nil
    }
}
