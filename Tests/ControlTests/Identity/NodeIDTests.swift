import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct NodeIDTests {
    private let id = NodeID(Sample.keyPair(1).publicKey)

    @Test("an ID is read back from its text, in any case")
    func roundTrip() {
        #expect("\(id)".hasPrefix("p2p1"))
        #expect("\(id)".count == 62)
        #expect(NodeID("\(id)") == id)
        #expect(NodeID("\(id)".uppercased()) == id)
    }

    @Test("the text of a key never changes")
    func frozen() throws {
        let key = try #require(PublicKey([UInt8](0..<32)))

        #expect(
            "\(NodeID(key))" == "p2p1aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dyp6cvg2la")
    }

    @Test("an ID with one wrong, missing or additional character is refused")
    func typos() {
        let text = Array("\(id)")
        for index in text.indices {
            var changed = text
            changed[index] = changed[index] == "a" ? "b" : "a"
            #expect(NodeID(String(changed)) == nil)
            changed = text
            changed.remove(at: index)
            #expect(NodeID(String(changed)) == nil)
            changed = text
            changed.insert("7", at: index)
            #expect(NodeID(String(changed)) == nil)
        }
        #expect(NodeID("") == nil)
    }
}
