import SRMUDP

/// Finds out how large the datagrams to a server may be: connects to it as every node does, from the
/// driver of the other questions, and waits until path MTU discovery has settled.
final class PathSizeCheck {
    private enum State {
        /// Its key is not known yet.
        case asking
        case dialing(Connection)
        /// The largest so far, and since when.
        case measuring(Connection, size: Int, since: Instant)
        /// The largest datagram in bytes of UDP payload; nil if nothing came of it.
        case over(Int?)
    }

    /// How long the server may take to answer.
    private static let dialTime: Interval = .seconds(4)
    /// After so long without a larger datagram the search is taken to be over: the largest sizes
    /// wait for a congestion window that only data would open.
    private static let searchTime: Interval = .seconds(2)

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
            state = .measuring(connection, size: 0, since: now)
        case .dialing(let connection) where now >= deadline || connection.isClosed:
            end(connection, size: nil, now: now)
        case .measuring(let connection, let size, let since):
            let largest = max(size, connection.currentPath?.datagramSize ?? 0)
            if connection.isClosed || connection.isDatagramSizeSettled
                || now - since >= Self.searchTime
            {
                end(connection, size: largest > 0 ? largest : nil, now: now)
            } else if largest > size {
                state = .measuring(connection, size: largest, since: now)
            }
        case .asking, .dialing, .over: break
        }
        if case .over = state { return true }
        return false
    }

    private func end(_ connection: Connection, size: Int?, now: Instant) {
        connection.close(code: .none, reason: "", now: now)
        state = .over(size)
    }
}
