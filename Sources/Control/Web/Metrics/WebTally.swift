/// What the web server has done, in numbers that only grow, and what it has now.
final class WebTally {
    struct Request: Hashable {
        /// The path that the server knows, not the one that was asked for; `other` for all else.
        let route: String
        /// 1...5: the first digit of the status.
        let statusClass: Int
    }

    /// More paths than a server has.
    private static let routeLimit = 64

    private(set) var requests: [Request: UInt64] = [:]
    private var routes: Set<String> = []
    /// Open WebSockets of clients.
    var webSocketCount: () -> Int = { 0 }
    /// Tokens that are good.
    var tokenCount: () -> Int = { 0 }

    /// A request was answered.
    ///
    /// - Parameter route: the path as the route was added; nil where there is none.
    func answered(route: String?, status: Int) {
        var name = route ?? "other"
        if routes.count >= Self.routeLimit, !routes.contains(name) { name = "other" }
        routes.insert(name)
        let request = Request(route: name, statusClass: min(max(status / 100, 1), 5))
        requests[request, default: 0] += 1
    }
}
