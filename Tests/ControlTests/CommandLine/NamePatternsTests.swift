import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct NamePatternsTests {
    @Test(
        "patterns match as in ssh_config",
        arguments: [
            ("homebox", "homebox", true), ("homebox", "home", false), ("*", "homebox", true),
            ("*", "", true), ("?", "", false), ("home*", "homebox", true),
            ("*box", "homebox", true),
            ("h*m*x", "homebox", true), ("h*m*y", "homebox", false), ("home???", "homebox", true),
            ("home??", "homebox", false), ("**b**", "homebox", true), ("", "homebox", false),
            ("* !homebox", "homebox", false), ("!homebox", "attic", false),
            ("!home* attic", "attic", true), ("attic home*", "homebox", true),
        ])
    func match(patterns: String, name: String, expected: Bool) {
        let list = patterns.split(separator: " ").map(String.init)

        #expect(NamePatterns(list).match(name) == expected)
    }

    @Test("stars do not multiply the time")
    func manyStars() {
        let pattern = String(repeating: "a*", count: 2_000) + "b"

        #expect(!NamePatterns([pattern]).match(String(repeating: "a", count: 4_000)))
    }
}
