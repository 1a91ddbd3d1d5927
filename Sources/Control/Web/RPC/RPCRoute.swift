import Forwarding
import SRMUDP

/// `/jsonrpc`: the methods of the control socket over HTTP (JSON-RPC 2.0), for those who have a token
/// with `methods`, or a client certificate.
///
/// Whatever could be read as calls is answered with 200, their failures too; 204 if none of them
/// wants an answer.
final class RPCRoute: WebRoute {
    let bodyLimit = 1 << 20

    /// How many requests may be under way, in all.
    private static let limit = 256

    private let gate: WebTokenGate
    private let loop: EventLoop
    /// What those may call who come with a certificate.
    private let certificateMethods: NamePatterns
    private unowned let handler: any ControlHandler
    private var runs: [ObjectIdentifier: RPCRun] = [:]

    init(
        gate: WebTokenGate, loop: EventLoop, certificateMethods: [String],
        handler: any ControlHandler
    ) {
        self.gate = gate
        self.loop = loop
        self.certificateMethods = NamePatterns(certificateMethods)
        self.handler = handler
    }

    func handle(_ exchange: HTTPExchange, _ visitor: WebVisitor) {
        guard Self.isJSON(exchange.head) else {
            return exchange.answer(
                .error(
                    415, "unsupported_media_type", "the Content-Type must be application/json"))
        }
        guard runs.count < Self.limit else { return exchange.answer(Self.busy) }
        do throws(WebTokenRefusal) {
            let text = try WebTokenSource.token(of: exchange.head)
            let hasCertificate = text == nil && visitor.clientName != nil
            let source = exchange.peer.ip
            if !hasCertificate { _ = try gate.check(text, from: source, now: loop.now) }
            guard let body = body(of: exchange) else { return }
            guard !hasCertificate else {
                return carryOut(body, for: exchange) { [certificateMethods] in
                    certificateMethods.match($0)
                }
            }
            let token = try gate.redeem(text, from: source, now: loop.now)
            carryOut(body, for: exchange) { token.permissions.permitsMethod($0) }
        } catch {
            exchange.answer(error.response)
        }
    }

    /// Nil if there is none, which is answered. A mistake costs no use of a token.
    private func body(of exchange: HTTPExchange) -> RPCBody? {
        do throws(ControlRequest.Refusal) {
            return try RPCBody(exchange.body)
        } catch {
            let message = ControlMessage.failure(id: error.id, error.error)
            exchange.answer(.json(message.json, status: 400))
            return nil
        }
    }

    private func carryOut(
        _ body: RPCBody, for exchange: HTTPExchange, permits: (String) -> Bool
    ) {
        var key: ObjectIdentifier?
        let run = RPCRun(body) { [weak self] answer in
            if let key { self?.runs[key] = nil }
            key = nil
            exchange.answer(answer.map { .json($0) } ?? HTTPResponse(status: 204))
        }
        key = ObjectIdentifier(run)
        runs[ObjectIdentifier(run)] = run
        exchange.abandoned = { [weak self, weak run] in
            guard let run else { return }
            run.cancel()
            self?.runs[ObjectIdentifier(run)] = nil
        }
        run.start(loop: loop, permits: permits) { handler.handle($0) }
    }

    private static let busy = HTTPResponse.error(
        503, "busy", "\(limit) requests are being carried out; try again later",
        fields: HTTPFields(["Retry-After": "1"]))

    /// Other types need no leave of the server before a page of any site sends them.
    private static func isJSON(_ head: HTTPRequestHead) -> Bool {
        let types = head.fields.values("Content-Type")
        guard types.count == 1, let type = types[0].split(separator: ";").first else {
            return false
        }
        return type.split(separator: " ").joined().lowercased() == "application/json"
    }
}
