import SRMUDP

/// Which channel of which server's relay belongs to which connection.
struct RelayRoutes {
    struct Route {
        let channel: RelayChannelID
        let server: ServerAddress
        var link: LinkAddress
        let connection: Connection
        /// Whether the other side has taken its place too.
        fileprivate(set) var isJoined = false
    }

    /// Tokens that we showed and that were not answered; more are forgotten, the oldest first.
    private static let expectationLimit = 64

    private var routes: [Route] = []
    private var expected: [(token: RelayToken, connection: Connection, server: ServerAddress)] = []

    /// We are about to show this token.
    mutating func expect(
        _ token: RelayToken, for connection: Connection, through server: ServerAddress
    ) {
        if expected.count >= Self.expectationLimit { expected.removeFirst() }
        expected.append((token, connection, server))
    }

    /// The connection for which the token was shown, once.
    mutating func take(_ token: RelayToken) -> Connection? {
        guard let index = expected.firstIndex(where: { $0.token == token }) else { return nil }
        return expected.remove(at: index).connection
    }

    mutating func forgetTokens(of server: ServerAddress) {
        expected.removeAll { $0.server == server }
    }

    mutating func add(_ route: Route) { routes.append(route) }

    func route(_ channel: RelayChannelID) -> Route? { routes.first { $0.channel == channel } }
    func all(of server: ServerAddress) -> [Route] { routes.filter { $0.server == server } }
    func all(of connection: Connection) -> [Route] {
        routes.filter { $0.connection === connection }
    }

    /// Both sides of the channel are there.
    ///
    /// The server tells both of us in the same order which channels are joined, so that both keep the
    /// same one, the last. A channel that still waits for its other side is left alone: we may be
    /// ahead of that side, which then keeps it.
    ///
    /// - Returns: the channel's route, and those that it replaces, which are removed; nil if there
    ///   is no such channel.
    mutating func join(_ channel: RelayChannelID) -> (route: Route, replaced: [Route])? {
        guard let index = routes.firstIndex(where: { $0.channel == channel }) else { return nil }
        routes[index].isJoined = true
        let route = routes[index]
        let replaced = routes.filter {
            $0.isJoined && $0.connection === route.connection && $0.server == route.server
                && $0.channel != channel
        }
        for old in replaced { remove(old.channel) }
        return (route, replaced)
    }

    mutating func change(_ channel: RelayChannelID, link: LinkAddress) {
        guard let index = routes.firstIndex(where: { $0.channel == channel }) else { return }
        routes[index].link = link
    }

    mutating func remove(_ channel: RelayChannelID) {
        routes.removeAll { $0.channel == channel }
    }

    /// - Returns: what was removed.
    mutating func remove(_ connection: Connection) -> [Route] {
        expected.removeAll { $0.connection === connection }
        let removed = all(of: connection)
        routes.removeAll { $0.connection === connection }
        return removed
    }
}
