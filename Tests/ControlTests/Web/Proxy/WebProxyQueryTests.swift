import Testing

@testable import Control

@Suite("WebProxyQuery")
struct WebProxyQueryTests {
    @Test("names and values are decoded, a plus is a blank")
    func decoding() throws {
        let query = try WebProxyQuery("a=1&b=two+words%21&c=%C3%a4&d=&e==")

        #expect(query["a"] == "1")
        #expect(query["b"] == "two words!")
        #expect(query["c"] == "ä")
        #expect(query["d"] == "")
        #expect(query["e"] == "=")
        #expect(query["f"] == nil)
    }

    @Test("no query has no parameters", arguments: [nil, ""])
    func nothing(text: String?) throws {
        #expect(try WebProxyQuery(text)["a"] == nil)
    }

    @Test(
        "broken percent-encoding is refused",
        arguments: ["a=%", "a=%4", "a=%zz", "a=%%20", "%4=a", "a=%+1", "a=%-1"])
    func brokenEscape(text: String) {
        #expect(throws: WebProxyRefusal.self) { try WebProxyQuery(text) }
    }

    @Test(
        "bytes that are not UTF-8 are refused",
        arguments: ["a=%ff", "a=%c0%80", "%ed%a0%80=1", "a=%00"])
    func notUTF8(text: String) {
        #expect(throws: WebProxyRefusal.self) { try WebProxyQuery(text) }
    }

    @Test("other forms are refused", arguments: ["=1", "a=1&", "&a=1", "a=1&&b=2", "&"])
    func otherForms(text: String) {
        #expect(throws: WebProxyRefusal.self) { try WebProxyQuery(text) }
    }

    @Test(
        "a parameter that is there twice is refused",
        arguments: ["a=1&a=1", "a=1&b=2&%61=3", "a&a"])
    func twice(text: String) {
        #expect(throws: WebProxyRefusal.self) { try WebProxyQuery(text) }
    }

    @Test("there is a bound on their number")
    func bound() throws {
        let parameters = (0..<33).map { "a\($0)=1" }

        _ = try WebProxyQuery(parameters.prefix(32).joined(separator: "&"))
        #expect(throws: WebProxyRefusal.self) {
            try WebProxyQuery(parameters.joined(separator: "&"))
        }
    }

    @Test("an unknown parameter is answered by the nearest known one, and is not repeated")
    func unknown() throws {
        let query = try WebProxyQuery("remote_host=a&remote_prt=1")
        let wrong = try WebProxyQuery("s3cret=1")
        let names = ["remote_host", "remote_port"]

        #expect(
            throws: WebProxyRefusal.parameters(
                "parameter 2 of the query is unknown; did you mean 'remote_port'?")
        ) { try query.expect(names) }
        #expect(throws: WebProxyRefusal.parameters("parameter 1 of the query is unknown")) {
            try wrong.expect(names)
        }
    }

    @Test("what is required must be there and say something")
    func required() throws {
        let query = try WebProxyQuery("a=1&b=")

        #expect(try query.required("a") == "1")
        #expect(throws: WebProxyRefusal.parameters("'b' is empty")) { try query.required("b") }
        #expect(throws: WebProxyRefusal.parameters("'c' is missing")) { try query.required("c") }
    }
}
