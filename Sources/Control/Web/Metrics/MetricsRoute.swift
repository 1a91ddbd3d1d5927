import Forwarding

/// `/metrics`: what the node counts and measures, for Prometheus (docs/WEB.md).
final class MetricsRoute: WebRoute {
    /// Whether anybody whom the guards let in may read them.
    private let isOpen: Bool
    private let refusal: (HTTPExchange) -> HTTPResponse?
    private let text: () -> String

    /// - Parameters:
    ///   - refusal: what somebody else than a local caller is answered; nil: it may read them.
    ///   - text: the metrics of this moment (`MetricsText`).
    init(
        isOpen: Bool, refusal: @escaping (HTTPExchange) -> HTTPResponse?,
        text: @escaping () -> String
    ) {
        self.isOpen = isOpen
        self.refusal = refusal
        self.text = text
    }

    func handle(_ exchange: HTTPExchange, _ visitor: WebVisitor) {
        if !isOpen, !visitor.isLocalCaller, let refusal = refusal(exchange) {
            return exchange.answer(refusal)
        }
        exchange.answer(
            HTTPResponse(
                status: 200, fields: HTTPFields(["Content-Type": MetricsText.contentType]),
                body: [UInt8](text().utf8)))
    }
}
