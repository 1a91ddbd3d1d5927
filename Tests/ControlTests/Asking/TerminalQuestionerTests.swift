import Forwarding
import SRMUDP
import Testing

@testable import Control

@Suite struct TerminalQuestionerTests {
    @Test("a question names peer, target and addresses, and what can be answered")
    func text() throws {
        func text(isDynamic: Bool) throws -> String {
            TerminalQuestioner.text(
                of: DestinationQuestion(
                    peer: "laptop", target: try #require(HostPort(host: "localhost", port: 22)),
                    addresses: [.loopbackIPv4], isDynamic: isDynamic))
        }

        #expect(
            try text(isDynamic: false) == "'laptop' wants localhost:22 (127.0.0.1:22). "
                + "Allow? [o]nce, [s]ession, [a]lways, [n]o: ")
        #expect(try text(isDynamic: true).contains("(127.0.0.1:22) through its proxy. "))
    }

    @Test(
        "words and first letters are understood, in any case",
        arguments: [
            ("o", .once), ("once", .once), ("S", .session), ("Session", .session),
            ("a", .always), ("ALWAYS", .always), ("n", .no), ("no", .no), ("yes", nil), ("", nil),
            ("on", nil),
        ] as [(String, DestinationAnswer?)])
    func words(word: String, answer: DestinationAnswer?) {
        #expect(DestinationAnswer(word: word) == answer)
    }
}
