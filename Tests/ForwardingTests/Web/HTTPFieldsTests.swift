import Testing

@testable import Forwarding

@Suite struct HTTPFieldsTests {
    @Test("lists are joined over fields, tokens found in any case")
    func lists() {
        let fields = HTTPFields([
            "Connection": "keep-alive , Upgrade", "connection": ", x", "Other": "upgrade",
        ])

        #expect(fields.elements("CONNECTION") == ["keep-alive", "Upgrade", "x"])
        #expect(fields.hasToken("upgrade", in: "Connection"))
        #expect(!fields.hasToken("keep", in: "Connection"))
        #expect(fields["Connection"] == "keep-alive , Upgrade")
        #expect(fields["Missing"] == nil)
    }

    @Test("a comma ends an element whatever mark follows it")
    func combiningMarks() {
        let fields = HTTPFields(["A": "b,\u{301}c , \u{301}, d"])

        #expect(fields.elements("A") == ["b", "\u{301}c", "\u{301}", "d"])
    }
}
