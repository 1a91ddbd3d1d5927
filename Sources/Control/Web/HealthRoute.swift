import Forwarding

/// `/v0/health`: tells that the node is there.
final class HealthRoute: WebRoute {
    func handle(_ exchange: HTTPExchange, _ visitor: WebVisitor) {
        exchange.answer(.json(.object([("status", .string("ok"))])))
    }
}
