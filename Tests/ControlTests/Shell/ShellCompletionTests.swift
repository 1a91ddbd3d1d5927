import Testing

@testable import Control

@Suite struct ShellCompletionTests {
    private static let knowledge = ShellKnowledge(
        peers: ["homebox", "laptop", "homeserver"], sessions: ["laptop"],
        forwards: ["g1", "g1.1", "g2"], flows: ["s1.4"])

    private func candidates(_ line: String) -> [String] {
        ShellCompletion(line: line, knowledge: Self.knowledge).candidates
    }

    @Test(
        "names of commands, peers, sessions and live forwards are offered",
        arguments: [
            ("conn", ["connect"]), ("re", ["reload", "revoke"]), ("help se", ["sessions", "set"]),
            ("connect ", ["homebox", "laptop", "homeserver"]),
            ("connect home", ["homebox", "homeserver"]),
            ("  why  l", ["laptop"]), ("connect homebox ", []), ("disconnect ", ["laptop"]),
            ("cancel ", ["g1", "g1.1", "g2"]), ("cancel g1.", ["g1.1"]),
            ("peers r", ["rm", "revoke", "rename"]), ("peers rm h", ["homebox", "homeserver"]),
            ("log d", ["debug"]), ("watch p", ["path", "pair"]),
            ("watch path se", ["session", "server"]),
            ("set e", ["events"]), ("flows ", ["homebox", "laptop", "homeserver"]),
            ("sessions ", []), ("nonsense ", []), ("sessions --j", ["--json"]),
            ("cancel --d", ["--drain"]), ("cancel --drain 5 g2", ["g2"]), ("cancel --drain ", []),
            ("add -L 8080:localhost:80 ho", ["homebox", "homeserver"]), ("add -L ", []),
            (
                "add -o Exit", ["ExitOnForwardFailure=yes", "ExitOnForwardFailure=no"]
            ),
            ("watch --level w", ["warning"]), ("-L 8080:localhost:80 l", ["laptop"]),
            ("why --words ", ["homebox", "laptop", "homeserver"]),
        ])
    func offers(line: String, expected: [String]) {
        #expect(candidates(line) == expected)
    }

    @Test("all commands are offered for an empty line, none of which is an ssh form")
    func empty() {
        #expect(candidates("") == ShellVerb.typedNames)
        #expect(candidates("").contains("quit"))
    }

    @Test("an option that the shell does not take is not offered")
    func options() {
        #expect(candidates("why -").contains("--json"))
        #expect(!candidates("why -").contains("--rendezvous"))
    }

    @Test("the words of a code are completed, and another one may follow")
    func codes() {
        let completion = ShellCompletion(line: "pair 4821-map", knowledge: Self.knowledge)

        #expect(completion.candidates.contains("4821-maple"))
        #expect(!completion.endsWord)
    }

    @Test("what the node has is taken from its answers")
    func knowledge() throws {
        var knowledge = ShellKnowledge()

        knowledge.take(peers: .object([("peers", .array([.object([("name", .string("a"))])]))]))
        knowledge.take(
            status: .object([
                ("sessions", .array([.object([("peer", .string("a"))]), .null])),
                ("flows", .array([.object([("flow", .string("s1.4"))])])),
                (
                    "groups",
                    .array([
                        .object([
                            ("group", .string("g1")),
                            ("forwards", .array([.object([("forward", .string("g1.1"))])])),
                        ])
                    ])
                ),
            ]))

        #expect(
            knowledge
                == ShellKnowledge(
                    peers: ["a"], sessions: ["a"], forwards: ["g1", "g1.1"], flows: ["s1.4"]))
    }
}
