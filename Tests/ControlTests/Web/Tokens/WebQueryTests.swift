import Testing

@testable import Control

@Suite("WebQuery")
struct WebQueryTests {
    private static func mistake(_ text: String) -> WebQuery.Mistake? {
        do throws(WebQuery.Mistake) {
            _ = try WebQuery(text)
            return nil
        } catch {
            return error
        }
    }

    @Test("names and values are decoded as forms write them")
    func decoded() throws {
        let query = try WebQuery("a=1&b%20c=two+words%21&key=%C3%bc&empty=&bare&d==")

        #expect(query.parameters.map(\.name) == ["a", "b c", "key", "empty", "bare", "d"])
        #expect(query.parameters.map(\.value) == ["1", "two words!", "ü", "", "", "="])
        #expect(try query.value("key") == "ü")
        #expect(try query.value("other") == nil)
        #expect(query.place(ofFirstNotIn: ["a", "b c"]) == 3)
        #expect(query.place(ofFirstNotIn: query.parameters.map(\.name)) == nil)
    }

    @Test("no query has no parameters")
    func empty() throws {
        #expect(try WebQuery(nil).parameters.isEmpty)
        #expect(try WebQuery("").parameters.isEmpty)
    }

    @Test(
        "what is not well formed is refused with its place",
        arguments: [
            ("a=%", WebQuery.Mistake.badEscape(parameter: 1)),
            ("a=1&b=%4", .badEscape(parameter: 2)),
            ("a=%4g", .badEscape(parameter: 1)), ("a=%u0041", .badEscape(parameter: 1)),
            ("%=1", .badEscape(parameter: 1)), ("a=%ff", .notText(parameter: 1)),
            ("a=%00", .notText(parameter: 1)), ("a=%ed%a0%80", .notText(parameter: 1)),
            ("=1", .noName(parameter: 1)), ("a=1&&b=2", .noName(parameter: 2)),
            ("a=1&", .noName(parameter: 2)), ("&", .noName(parameter: 1)),
        ])
    func malformed(text: String, mistake: WebQuery.Mistake) {
        #expect(Self.mistake(text) == mistake)
    }

    @Test("a parameter that is asked for is there once, others as often as they like")
    func twice() throws {
        let query = try WebQuery("token=a&x=1&x=2&%74oken=a")

        #expect(throws: WebQuery.Mistake.twice("token")) { try query.value("token") }
    }

    @Test("the number of parameters has a bound")
    func bound() {
        let parameters = Array(repeating: "a=1", count: WebQuery.limit)

        #expect(Self.mistake(parameters.joined(separator: "&")) == nil)
        #expect(Self.mistake((parameters + ["b=1"]).joined(separator: "&")) == .tooMany)
    }

    @Test("mistakes do not repeat what was sent")
    func quiet() {
        for text in ["canary=%", "canary%", "canary=%ff", "a=1&=canary"] {
            #expect(!(Self.mistake(text).map { "\($0)" } ?? "canary").contains("canary"))
        }
    }
}
