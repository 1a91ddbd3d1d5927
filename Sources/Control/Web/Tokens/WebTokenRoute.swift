import Forwarding
import SRMUDP

/// `/v0/token`: PUT makes a token as its body says, GET makes one too (for older clients), and DELETE
/// revokes the one that it is sent with.
final class WebTokenRoute: WebRoute {
    static let methods = ["PUT", "GET", "DELETE"]

    private unowned let issuer: any WebTokenIssuer
    private let gate: WebTokenGate
    private let now: () -> Instant

    init(issuer: any WebTokenIssuer, gate: WebTokenGate, now: @escaping () -> Instant) {
        self.issuer = issuer
        self.gate = gate
        self.now = now
    }

    func handle(_ exchange: HTTPExchange, _ visitor: WebVisitor) {
        switch exchange.head.method {
        case "PUT", "GET": exchange.answer(make(exchange, visitor))
        case "DELETE": exchange.answer(revoke(exchange))
        default:
            // Whoever looks at a place with HEAD wants nothing made there.
            exchange.answer(
                .error(
                    405, "method_not_allowed", "this method is not for this path",
                    fields: HTTPFields(["Allow": Self.methods.joined(separator: ", ")])))
        }
    }

    private func make(_ exchange: HTTPExchange, _ visitor: WebVisitor) -> HTTPResponse {
        guard visitor.isLocalCaller else { return .localCallersOnly }
        guard exchange.head.query?.isEmpty ?? true else {
            return .error(
                400, "bad_request",
                "what a token is to be stands in the body of PUT, not in a query")
        }
        do throws(ControlError) {
            return .json(try issuer.makeToken(try WebTokenRequest(body: exchange.body)))
        } catch {
            return .refusal(of: error)
        }
    }

    private func revoke(_ exchange: HTTPExchange) -> HTTPResponse {
        do throws(WebTokenRefusal) {
            let token = try gate.check(exchange.head, from: exchange.peer.ip, now: now())
            do throws(ControlError) {
                try issuer.revokeToken(token.id)
                return .revoked(token.id)
            } catch {
                return .refusal(of: error)
            }
        } catch {
            return error.response
        }
    }
}

/// `/v0/token/validate`: whether a token is good, and for what; counts no use.
final class WebTokenValidationRoute: WebRoute {
    private let gate: WebTokenGate
    private let now: () -> Instant

    init(gate: WebTokenGate, now: @escaping () -> Instant) {
        self.gate = gate
        self.now = now
    }

    func handle(_ exchange: HTTPExchange, _ visitor: WebVisitor) {
        do throws(WebTokenRefusal) {
            let token = try gate.check(exchange.head, from: exchange.peer.ip, now: now())
            exchange.answer(.json(.object([("valid", .bool(true))] + token.members)))
        } catch .unauthorized {
            exchange.answer(.json(.object([("valid", .bool(false))])))
        } catch {
            exchange.answer(error.response)
        }
    }
}

/// `/v0/tokens` lists them, without their texts; DELETE `/v0/tokens/ID` revokes one.
final class WebTokensRoute: WebRoute {
    private static let prefix = "/v0/tokens/"

    private unowned let issuer: any WebTokenIssuer

    init(issuer: any WebTokenIssuer) { self.issuer = issuer }

    func handle(_ exchange: HTTPExchange, _ visitor: WebVisitor) {
        guard visitor.isLocalCaller else { return exchange.answer(.localCallersOnly) }
        do throws(ControlError) {
            guard exchange.head.method == "DELETE" else {
                return exchange.answer(.json(try issuer.listTokens()))
            }
            let id = String(exchange.head.path.dropFirst(Self.prefix.count))
            try issuer.revokeToken(id)
            exchange.answer(.revoked(id))
        } catch WebTokenBook.noSuchToken {
            exchange.answer(.error(404, "not_found", "there is no token with this id"))
        } catch {
            exchange.answer(.refusal(of: error))
        }
    }
}

extension HTTPResponse {
    fileprivate static func revoked(_ id: String) -> HTTPResponse {
        .json(.object([("revoked", .bool(true)), ("id", .string(id))]))
    }
}
