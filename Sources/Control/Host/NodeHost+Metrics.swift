// What the node counts and measures, for Prometheus.
extension NodeHost {
    /// In the text format (`MetricsText`).
    var metrics: String {
        NodeReading(of: node, started: started, servers: serverTally, web: webTally).text
    }

    func tellMetrics(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect([])
        call.answer(
            .object([
                ("contentType", .string(MetricsText.contentType)), ("text", .string(metrics)),
            ]))
    }
}
