import Forwarding

// What the node counts and measures, for Prometheus.
extension NodeHost {
    /// In the text format (`MetricsText`).
    var metrics: String {
        NodeReading(of: node, started: started, tallies: tallies).text
    }

    func metricsRoute(_ options: WebOptions) -> MetricsRoute {
        MetricsRoute(
            isOpen: options.hasOpenMetrics,
            refusal: { _ in .error(401, "unauthorized", "this needs a token that is valid") }
        ) { [unowned self] in metrics }
    }

    func tellMetrics(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect([])
        call.answer(
            .object([
                ("contentType", .string(MetricsText.contentType)), ("text", .string(metrics)),
            ]))
    }
}
