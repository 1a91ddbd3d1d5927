import SRMUDP

/// Which channel of which server's relay belongs to which connection.
struct RelayRoutes {
    struct Route {
        let channel: RelayChannelID
        let server: ServerAddress
        var link: LinkAddress
        let connection: Connection
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
