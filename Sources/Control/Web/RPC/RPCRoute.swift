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
        do throws(WebTokenRefusal) {
            let text = try WebTokenSource.token(of: exchange.head)
            if text == nil, visitor.clientName != nil {
                return carryOut(exchange) { [certificateMethods] in certificateMethods.match($0) }
            }
            let source = exchange.peer.ip
            _ = try gate.check(text, from: source, now: loop.now)
            guard runs.count < Self.limit else { return exchange.answer(Self.busy) }
            let token = try gate.redeem(text, from: source, now: loop.now)
            carryOut(exchange) { token.permissions.permitsMethod($0) }
        } catch {
            exchange.answer(error.response)
        }
    }

    private func carryOut(_ exchange: HTTPExchange, permits: (String) -> Bool) {
        guard runs.count < Self.limit else { return exchange.answer(Self.busy) }
        let body: RPCBody
        do throws(ControlRequest.Refusal) {
            body = try RPCBody(exchange.body)
        } catch {
            let message = ControlMessage.failure(id: error.id, error.error)
            return exchange.answer(.json(message.json, status: 400))
        }
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
        guard types.count == 1, let type = types[0].split(separator: ";").first else { return false }
        return type.split(separator: " ").joined().lowercased() == "application/json"
    }
}
