import Forwarding
import SRMUDP
import Testing

@testable import Control

/// The command lines with which nodes find each other.
@Suite struct InvocationBuilderMeetingTests {
    private func invocation(
        _ line: String, variables: [String: String] = [:]
    ) throws(CommandError) -> Invocation {
        let surroundings = Surroundings(variable: { variables[$0] }, service: { _ in nil })
        return try InvocationBuilder(surroundings: surroundings).invocation(
            for: line.split(separator: " ").map(String.init))
    }

    private func error(_ line: String) -> CommandError? {
        do throws(CommandError) {
            _ = try invocation(line)
            return nil
        } catch {
            return error
        }
    }

    private func pair(_ line: String) throws -> PairOptions? {
        if case .pair(let options) = try invocation(line).command { options } else { nil }
    }

    @Test("a code is an argument of pair, and warns of nothing")
    func code() throws {
        let invocation = try invocation("pair 4821-maple-tundra --name homebox")

        guard case .pair(let options) = invocation.command else {
            Issue.record("no pair command")
            return
        }
        #expect(options.source == .argument("4821-maple-tundra"))
        #expect(options.name == "homebox")
        #expect(invocation.warnings.isEmpty)
    }

    @Test("what a code of ours is good for can be said, within bounds")
    func invitation() throws {
        let plain = try #require(try pair("pair"))
        #expect(plain.source == .standardInput)
        #expect(plain.invitation == InvitationOptions())

        let options = try #require(try pair("pair --words 3 --expires 1h --uses 5"))
        #expect(options.invitation.wordCount == 3)
        #expect(options.invitation.lifetime == .minutes(60))
        #expect(options.invitation.uses == 5)

        for line in ["--words 1", "--words 5", "--words two", "--uses 0", "--uses 17"] {
            #expect(error("pair \(line)")?.exitCode == .usage, "\(line)")
        }
        #expect(error("pair --expires 25h")?.hint?.contains("ticket") == true)
    }

    @Test("the ways to meet are the same with each command that meets")
    func meeting() throws {
        let words = "--rendezvous rv.example:7070 --path relay --probe-budget 0"
        for line in ["serve", "pair", "share localhost:80", "netcheck", "ping homebox", "why a"] {
            #expect(error("\(line) \(words)") == nil, "\(line)")
        }
        guard case .forward(let options) = try invocation("\(words) -L 1:h:2 homebox").command
        else {
            Issue.record("no forward")
            return
        }
        #expect(options.meeting.servers.map(\.description) == ["rv.example:7070"])
        #expect(options.meeting.path == .relay)
        #expect(options.meeting.probeBudget == 0)
    }

    @Test("the proxy of the environment counts unless another one is given")
    func proxy() throws {
        let environment = ["ALL_PROXY": "socks5h://127.0.0.1:1080"]
        guard
            case .netcheck(let options) = try invocation("netcheck", variables: environment).command
        else {
            Issue.record("no netcheck")
            return
        }
        #expect(options.meeting.proxy != nil)
        #expect(error("netcheck --proxy ftp://x")?.what == "--proxy")
    }

    @Test("a code may stand in place of a peer, another odd name may not")
    func oneOff() throws {
        guard
            case .forward(let options) = try invocation("-L 8080:localhost:80 4821-maple-tundra")
                .command
        else {
            Issue.record("no forward")
            return
        }
        #expect(options.peer == "4821-maple-tundra")
        #expect(error("-L 8080:localhost:80 -- -x")?.exitCode == .usage)
    }

    @Test("a rendezvous server listens at the usual port unless told otherwise")
    func rendezvous() throws {
        guard case .rendezvous(let plain) = try invocation("rendezvous").command,
            case .rendezvous(let full) = try invocation(
                "rendezvous --listen 0.0.0.0:7071 --websocket 7443 --tls-cert c --tls-key k "
                    + "--relay-rate 100"
            ).command
        else {
            Issue.record("no rendezvous")
            return
        }
        #expect(plain.listen == SocketAddress("[::]:7070"))
        #expect(plain.relayRate == nil)
        #expect(full.webSocket == SocketAddress("[::]:7443"))
        #expect(full.tls == .init(certificate: "c", key: "k"))
        #expect(full.relayRate == 102_400)
        #expect(error("rendezvous --tls-cert c")?.exitCode == .usage)
        #expect(error("rendezvous --tls-cert c --tls-key k")?.exitCode == .usage)
    }

    @Test("sharing needs something to share, in the words of --permit")
    func share() throws {
        guard
            case .share(let options) = try invocation("share localhost:80 [::1]:22 --for 2h")
                .command
        else {
            Issue.record("no share")
            return
        }
        #expect(options.destinations == ["localhost:80", "[::1]:22"])
        #expect(options.duration == .minutes(120))
        #expect(error("share")?.exitCode == .usage)
        #expect(error("share localhost")?.exitCode == .usage)
    }

    @Test("a peer can be revoked by name")
    func revoke() throws {
        #expect(try invocation("peers revoke laptop").command == .peers(.revoke("laptop")))
        #expect(error("peers revoke")?.exitCode == .usage)
    }
}
