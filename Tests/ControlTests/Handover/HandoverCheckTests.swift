import SRMUDP
import Testing

@testable import Control

@Suite("Handover checks")
struct HandoverCheckTests {
    private static func obstacle(_ exit: Int32?, _ text: String) -> String? {
        HandoverCheck.obstacle(exit: exit, output: Array(text.utf8))
    }

    @Test("only a program that says yes may go on")
    func answers() {
        #expect(Self.obstacle(0, "yes\n") == nil)
        #expect(Self.obstacle(0, "")?.contains("cannot go on") == true)
        #expect(Self.obstacle(0, "p2pfwd 0.1.0\n")?.contains("cannot go on") == true)
        #expect(Self.obstacle(2, "")?.contains("ended with 2") == true)
        #expect(Self.obstacle(1, "config: why\nmore") == "config: why")
        #expect(Self.obstacle(nil, "yes\n")?.contains("crashed") == true)
        #expect(Self.obstacle(1, "\u{1b}[2J\n")?.contains("\u{1b}") == false)
    }

    @Test("a program is asked with the form of what it will find, and the words of the node")
    func words() {
        #expect(
            HandoverCheck.words(for: ["p2pfwd", "--home", "x", "serve"])
                == ["__handover-check", "\(NodeSnapshot.version)", "--home", "x", "serve"])
    }
}
