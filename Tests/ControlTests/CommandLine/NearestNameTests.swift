import Testing

@testable import Control

@Suite struct NearestNameTests {
    @Test(
        "a slip of the finger is recognised, another word is not",
        arguments: [
            ("serv", "serve"), ("srve", "serve"), ("PEERS", "peers"), ("tikcet", "ticket"),
            ("x", nil), ("homebox", nil), ("", nil),
        ] as [(String, String?)])
    func near(text: String, expected: String?) {
        #expect(nearest(to: text, among: ["serve", "peers", "ticket", "pair"]) == expected)
    }
}
