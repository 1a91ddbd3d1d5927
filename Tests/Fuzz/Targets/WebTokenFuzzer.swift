import Control
import Forwarding

/// What strangers send to get or use a token: the body of a request for one, or a query.
///
/// The first byte chooses. A request that is taken must mean the same when it is written and read
/// again, as the file of tokens does; from a query come only texts, as many as may be.
package enum WebTokenFuzzer {
    package static func run(_ input: [UInt8]) {
        var input = FuzzInput(input)
        if input.byte() & 1 == 0 {
            body(input.rest())
        } else {
            query(input.rest())
        }
    }

    private static func body(_ bytes: [UInt8]) {
        guard let request = try? WebTokenRequest(body: bytes) else { return }
        precondition((1...2_592_000).contains(request.seconds), "a token lives too long")
        precondition(request.uses.map { $0 > 0 } ?? true, "a token has no use")
        guard let again = try? WebTokenRequest(body: [UInt8](request.json.text.utf8)) else {
            preconditionFailure("a request that was taken cannot be read again")
        }
        precondition(again == request, "a request changed when it was read again")
    }

    private static func query(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        if let query = try? WebQuery(text) {
            precondition(query.parameters.count <= WebQuery.limit, "too many parameters")
            for (name, value) in query.parameters {
                precondition(!name.isEmpty, "a name is empty")
                precondition(!name.utf8.contains(0) && !value.utf8.contains(0), "a text ends early")
                precondition(value.utf8.count <= text.utf8.count, "a value grew")
            }
        }
        // The same in the target of a request, if it can be there at all.
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return }
        let head = HTTPRequestHead(method: "GET", target: "/?" + text)
        guard let token = try? WebTokenSource.token(of: head) else { return }
        precondition(!token.isEmpty, "an empty token")
        precondition((try? WebQuery(text).value("token")) == token, "it came from elsewhere")
    }
}
