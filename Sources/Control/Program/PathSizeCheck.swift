import SRMUDP

/// Finds out how large the datagrams to a server may be: connects to it as every node does, from the
/// driver of the other questions, and waits until path MTU discovery has settled.
final class PathSizeCheck {
    private enum State {
        /// Its key is not known yet.
        case asking
        case dialing(Connection)
        case measuring(Connection, until: Instant)
        /// The largest datagram in bytes of UDP payload; nil if nothing came of it.
        case over(Int?)
    }

    /// How long the server may take to answer, and the search after that.
    private static let dialTime: Interval = .seconds(4)
    private static let searchTime: Interval = .seconds(6)

    private let place: SocketAddress
    private let endpoint: Endpoint
    private let secret: (PublicKey) -> SecretBytes
    private let deadline: Instant
    private var state = State.asking

    init(
        _ place: SocketAddress, endpoint: Endpoint, secret: @escaping (PublicKey) -> SecretBytes,
        now: Instant
    ) {
        self.place = place
        self.endpoint = endpoint
        self.secret = secret
        deadline = now + Self.dialTime
    }

    /// The largest datagram; nil if it is not known, or not yet.
    var datagramSize: Int? { if case .over(let size) = state { size } else { nil } }

    /// Bytes of UDP payload, and the headers around them: the MTU of the path.
    var pathMTU: Int? { datagramSize.map { $0 + (place.ip.isIPv4 ? 28 : 48) } }

    func learned(_ key: PublicKey, now: Instant) {
        guard case .asking = state else { return }
        let target = PeerTarget(
            publicKey: key, preSharedKey: secret(key), addresses: [place])
        state = .dialing(endpoint.dial(to: target, now: now))
    }

    /// - Returns: whether it is over. To be asked every now and then.
    func isOver(now: Instant) -> Bool {
        switch state {
        case .asking where now >= deadline: state = .over(nil)
        case .dialing(let connection) where connection.isEstablished:
            state = .measuring(connection, until: now + Self.searchTime)
        case .dialing(let connection) where now >= deadline || connection.isClosed:
            end(connection, size: nil, now: now)
        case .measuring(let connection, _) where connection.isDatagramSizeSettled:
            end(connection, size: connection.currentPath?.datagramSize, now: now)
        case .measuring(let connection, let until) where now >= until || connection.isClosed:
            end(connection, size: nil, now: now)
        case .asking, .dialing, .measuring, .over: break
        }
        if case .over = state { return true }
        return false
    }

    private func end(_ connection: Connection, size: Int?, now: Instant) {
        connection.close(code: .none, reason: "", now: now)
        state = .over(size)
    }
}
