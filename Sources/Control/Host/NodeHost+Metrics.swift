import Forwarding

// What the node counts and measures, for Prometheus.
extension NodeHost {
    /// In the text format (`MetricsText`).
    var metrics: String {
        NodeReading(of: node, started: started, tallies: tallies).text
    }

    /// For local callers, and for whoever has a token that may read them; no use of it is counted.
    func metricsRoute(_ options: WebOptions, _ gate: WebTokenGate) -> MetricsRoute {
        MetricsRoute(isOpen: options.hasOpenMetrics) { [runner] exchange in
            do throws(WebTokenRefusal) {
                let token = try gate.check(
                    exchange.head, from: exchange.peer.ip, now: runner.loop.now)
                guard !token.permissions.mayReadMetrics else { return nil }
                return .error(403, "forbidden", "this token does not open the metrics")
            } catch {
                return error.response
            }
        } text: { [unowned self] in
            metrics
        }
    }

    /// From now on its answers, WebSockets and tokens are counted.
    func beginCounting(_ web: WebServer, _ gate: WebTokenGate) {
        web.tally = tallies.web
        tallies.web.webSocketCount = { [weak web] in web?.webSocketCount ?? 0 }
        // Where the file cannot be read, nobody has a token that is good for anything.
        tallies.web.tokenCount = { (try? gate.book.tokens(now: Program.now()).count) ?? 0 }
    }

    func tellMetrics(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect([])
        call.answer(
            .object([
                ("contentType", .string(MetricsText.contentType)), ("text", .string(metrics)),
            ]))
    }
}
