import Forwarding
import Foundation
import SRMUDP
import Testing

@testable import Control

@Suite(.serialized) struct CommandQuestionerTests {
    private let temporary = TemporaryHome()

    private func question(_ host: String = "printer", isDynamic: Bool = false) throws
        -> DestinationQuestion
    {
        DestinationQuestion(
            peer: "laptop", target: try #require(HostPort(host: host, port: 631)),
            addresses: [.loopbackIPv4, .loopbackIPv6], isDynamic: isDynamic)
    }

    private func program(_ lines: String) throws -> String {
        let path = try temporary.prepared().state + "/decide"
        try ("#!/bin/sh\n" + lines + "\n").write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
        return path
    }

    private func answer(_ lines: String) throws -> DestinationAnswer? {
        let loop = try EventLoop()
        let questioner = try CommandQuestioner(
            program: try program(lines), loop: loop, logger: .silent)
        var answer: DestinationAnswer?
        questioner.put(try question()) { answer = $0 }
        for _ in 0..<2_000 where answer == nil {
            try loop.runTurn(waitingAtMost: .milliseconds(10))
        }
        questioner.withdraw()
        return answer
    }

    @Test(
        "exit code and first line decide",
        arguments: [
            ("exit 0", .once), ("exit 1", .no), ("echo session", .session),
            ("echo always; echo no", .always), ("echo no", .no), ("echo sure", .no),
            ("echo session; exit 3", .no), ("kill -9 $$", .no), ("exec 1>&-; exit 0", .once),
            ("head -c 100000 /dev/zero; exit 0", .no),
        ] as [(String, DestinationAnswer)])
    func answers(lines: String, expected: DestinationAnswer) throws {
        #expect(try answer(lines) == expected)
    }

    @Test("the program knows the question, and nothing of our environment but three variables")
    func environment() throws {
        let lines = """
            test "$P2PFWD_PEER" = laptop || exit 1
            test "$P2PFWD_TARGET" = printer:631 || exit 1
            test "$P2PFWD_ADDRESS" = "127.0.0.1:631, [::1]:631" || exit 1
            test "$P2PFWD_PROXY" = no || exit 1
            echo session
            """

        #expect(try answer(lines) == .session)
        let names = CommandQuestioner.environment(for: try question()).map {
            String($0.prefix { $0 != "=" })
        }
        let facts = ["P2PFWD_PEER", "P2PFWD_TARGET", "P2PFWD_ADDRESS", "P2PFWD_PROXY"]
        #expect(Set(names).isSubset(of: Set(["PATH", "HOME", "LANG"] + facts)))
    }

    @Test("a program that is not answered by is killed, with what it started")
    func killed() throws {
        let loop = try EventLoop()
        let questioner = try CommandQuestioner(
            program: try program("sleep 1000 & sleep 1000"), loop: loop, logger: .silent)
        var answer: DestinationAnswer?
        questioner.put(try question()) { answer = $0 }

        questioner.withdraw()
        for _ in 0..<5 { try loop.runTurn(waitingAtMost: .milliseconds(5)) }

        #expect(answer == nil)
    }

    @Test("a program that is not there is refused at once", arguments: ["decide", "/nonexistent"])
    func missing(path: String) throws {
        let loop = try EventLoop()

        #expect(throws: CommandError.self) {
            _ = try CommandQuestioner(program: path, loop: loop, logger: .silent)
        }
    }

    @Test("names from peers cannot play tricks with a terminal or a variable")
    func printable() throws {
        #expect(try question("a\u{202e}b\u{9b}").targetText == "a?b?:631")
    }
}
