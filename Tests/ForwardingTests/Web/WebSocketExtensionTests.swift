import Testing

@testable import Forwarding

@Suite struct WebSocketExtensionTests {
    private static func list(_ values: String...) -> [WebSocketExtension]? {
        var fields = HTTPFields()
        for value in values { fields.append("sec-websocket-extensions", value) }
        return WebSocketExtension.list(in: fields)
    }

    private static func element(
        _ name: String, _ parameters: KeyValuePairs<String, String?> = [:]
    ) -> WebSocketExtension {
        WebSocketExtension(
            name: name,
            parameters: parameters.map { WebSocketExtension.Parameter(name: $0, value: $1) })
    }

    @Test("names, parameters and values are found in all fields, in their order")
    func lists() {
        #expect(Self.list() == [])
        #expect(Self.list("a") == [Self.element("a")])
        #expect(
            Self.list("a; b; c=1, d", "e;f = g\t")
                == [
                    Self.element("a", ["b": nil, "c": "1"]), Self.element("d"),
                    Self.element("e", ["f": "g"]),
                ])
        #expect(Self.list("a;b;b") == [Self.element("a", ["b": nil, "b": nil])])
        #expect(Self.list("", " , a,, ") == [Self.element("a")])
    }

    @Test("a value may be quoted, if it is a token without its marks")
    func quotes() {
        #expect(Self.list("a; b=\"10\"") == [Self.element("a", ["b": "10"])])
        #expect(
            Self.list("a; b= \"\\1\\0\" ,c") == [Self.element("a", ["b": "10"]), Self.element("c")])
    }

    @Test(
        "what is no list of extensions is none",
        arguments: [
            "a b", ";", "a;", "a; =1", "a; b=", "a; b=\"", "a; b=\"\"", "a; b=\"1,2\"",
            "a; b=\"1 2\"", "a; b=\"1\\", "a; b=\"1\\\"", "a; b=\"1\"2", "a=1", "a; b=c=d", "(a)",
            "a; b=é",
        ])
    func malformed(text: String) {
        #expect(Self.list(text) == nil)
        #expect(Self.list("good", text) == nil)
    }
}
