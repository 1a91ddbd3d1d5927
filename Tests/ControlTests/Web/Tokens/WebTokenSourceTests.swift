import Forwarding
import Testing

@testable import Control

@Suite("WebTokenSource")
struct WebTokenSourceTests {
    private static func token(
        _ target: String, _ fields: KeyValuePairs<String, String> = [:]
    ) throws(WebTokenRefusal) -> String? {
        try WebTokenSource.token(
            of: HTTPRequestHead(method: "GET", target: target, fields: HTTPFields(fields)))
    }

    @Test("a token comes in the header, the subprotocol or the query")
    func places() throws {
        #expect(try Self.token("/a?token=secret%2Dx&b=1") == "secret-x")
        #expect(try Self.token("/a", ["Authorization": "Bearer secret"]) == "secret")
        #expect(try Self.token("/a", ["authorization": "bearer  secret"]) == "secret")
        #expect(
            try Self.token("/a", ["Sec-WebSocket-Protocol": "p2pfwd, token.secret"]) == "secret")
    }

    @Test("without one there is none, and an empty one in the query is none")
    func missing() throws {
        #expect(try Self.token("/a") == nil)
        #expect(try Self.token("/a?") == nil)
        #expect(try Self.token("/a?b=token&token=") == nil)
        #expect(try Self.token("/a", ["Sec-WebSocket-Protocol": "p2pfwd"]) == nil)
    }

    @Test(
        "a token that is there twice is refused, also if both are the same",
        arguments: [
            ("/?token=a&token=a", [:]), ("/?token=a&token=b", [:]), ("/?token=&token=a", [:]),
            ("/?token=a", ["Authorization": "Bearer a"]),
            ("/?token=a", ["Sec-WebSocket-Protocol": "token.a"]),
            ("/", ["Authorization": "Bearer a", "authorization": "Bearer a"]),
            ("/", ["Authorization": "Bearer a", "Sec-WebSocket-Protocol": "token.a"]),
            ("/", ["Sec-WebSocket-Protocol": "token.a, token.b"]),
        ] as [(String, KeyValuePairs<String, String>)])
    func twice(target: String, fields: KeyValuePairs<String, String>) {
        #expect(Self.status(target, fields) == 400)
    }

    @Test(
        "what is not well formed is refused",
        arguments: [
            ("/?token=%zz", [:]), ("/?other=%2&token=a", [:]), ("/?token=%ff", [:]),
            ("/", ["Authorization": "Basic YTpi"]), ("/", ["Authorization": "Bearer"]),
            ("/", ["Authorization": "Bearer a b"]), ("/", ["Authorization": ""]),
            ("/", ["Sec-WebSocket-Protocol": "token."]),
        ] as [(String, KeyValuePairs<String, String>)])
    func malformed(target: String, fields: KeyValuePairs<String, String>) {
        #expect(Self.status(target, fields) == 400)
    }

    private static func status(
        _ target: String, _ fields: KeyValuePairs<String, String>
    ) -> Int? {
        do throws(WebTokenRefusal) {
            _ = try token(target, fields)
            return nil
        } catch {
            return error.status
        }
    }
}
