import Testing

@testable import Control

@Suite("WebProxyKey")
struct WebProxyKeyTests {
    @Test(
        "eight characters are enough, in any script; so is a key of 32 bytes",
        arguments: ["12345678", "ääääöööö", "key:" + String(repeating: "A", count: 43)])
    func taken(text: String) throws {
        #expect(try WebProxyKey(text) == WebProxyKey(text))
        #expect(try WebProxyKey(text) != WebProxyKey("87654321"))
    }

    @Test(
        "shorter and longer ones are refused, and not repeated",
        arguments: [
            "", "1234567", "\u{0}", "key:abcdefgh", String(repeating: "s3cret", count: 171),
            String(repeating: "k", count: 4096),
        ])
    func refused(text: String) {
        do throws(WebProxyRefusal) {
            _ = try WebProxyKey(text)
            Issue.record("it was taken")
        } catch {
            #expect(error.status == 400)
            #expect(text.isEmpty || !error.message.contains(text))
        }
    }

    @Test("it is not shown")
    func hidden() throws {
        let key = try WebProxyKey("correct horse")

        #expect("\(key)" == "<redacted>")
        #expect(!String(reflecting: key).contains("correct"))
        var text = ""
        dump(key, to: &text)
        #expect(!text.contains("correct"))
    }
}
