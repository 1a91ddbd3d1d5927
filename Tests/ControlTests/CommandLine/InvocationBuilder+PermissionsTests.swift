import Forwarding
import Testing

@testable import Control

@Suite struct InvocationBuilderPermissionsTests {
    private func command(_ line: String) throws(CommandError) -> Invocation.Command {
        let surroundings = Surroundings(variable: { _ in nil }, service: { _ in nil })
        return try InvocationBuilder(surroundings: surroundings)
            .invocation(for: line.split(separator: " ").map(String.init)).command
    }

    private func rights(_ line: String) throws -> PeerRights {
        try PeerRights(fields: try TextLines.fields(line, known: PeerRights.fieldNames))
    }

    @Test("serve takes what everybody may do")
    func serve() throws {
        guard
            case .serve(let options) = try command(
                "serve --permit localhost:80 --permit-listen 8080 --permit-listen /run/a.sock "
                    + "--gateway-ports yes --permit-relay --max-flows 100 --rate 1M --ask "
                    + "--audit log --proxy-protocol localhost:80")
        else {
            Issue.record("not serve")
            return
        }

        let grants = options.grants
        #expect(grants.open.description == "localhost:80")
        #expect(grants.listen.map(\.description) == ["8080", "/run/a.sock"])
        #expect(grants.gateway == .yes)
        #expect(grants.mayRelay && grants.asks)
        #expect(grants.maximumFlows == 100)
        #expect(grants.rate == 1 << 20)
        #expect(grants.announced.description == "localhost:80")
        #expect(options.asking == AskingOptions(usesTerminal: true, command: nil))
        #expect(options.auditFile == "log")
    }

    @Test("without options nothing is permitted")
    func nothing() throws {
        #expect(try command("serve") == .serve(ServeOptions()))
        #expect(ServeOptions().grants == PeerGrants())
    }

    @Test("permit adds, takes away and shows")
    func permit() throws {
        let added = try rights("permit=localhost:22,a:1 listen=8080 flows=5 rate=512K")
        #expect(
            try command(
                "permit laptop localhost:22 --permit a:1 --permit-listen 8080 --for 2h "
                    + "--max-flows 5 --rate 512K")
                == .permit(
                    PermitOptions(peer: "laptop", change: .add(added, lifetime: .minutes(120)))))
        #expect(
            try command("permit laptop --none")
                == .permit(PermitOptions(peer: "laptop", change: .none)))
        #expect(
            try command("permit laptop none")
                == .permit(PermitOptions(peer: "laptop", change: .none)))
        #expect(
            try command("permit laptop --json")
                == .permit(PermitOptions(peer: "laptop", change: .show(json: true))))
    }

    @Test("who is paired gets rights with it")
    func pairing() throws {
        let expected = try rights("permit=localhost:80 flows=3")
        guard
            case .ticket(let ticket) = try command(
                "ticket --name a --permit localhost:80 --max-flows 3"),
            case .pair(let pair) = try command("pair --permit localhost:80 --max-flows 3"),
            case .share(let share) = try command("share localhost:80 --max-flows 3")
        else {
            Issue.record("another command")
            return
        }

        #expect(ticket.rights == expected)
        #expect(pair.rights == expected)
        #expect(share.destinations == ["localhost:80"])
        let limited = try rights("flows=3")
        #expect(share.rights == limited)
    }

    @Test(
        "what is wrong is said",
        arguments: [
            ("serve --permit-listen x", "no place to listen at"),
            ("serve --permit-listen 1,2", "no place to listen at"),
            ("serve --gateway-ports maybe", "not a choice"),
            ("serve --max-flows 0", "not a number from 1 to 1000000"),
            ("serve --rate 5", "no number of bytes a second"),
            ("serve --proxy-protocol x", "the port is missing"),
            ("serve --ask --ask-command /bin/true", "cannot both be asked"),
            ("serve --permit none --max-flows 5", "'none' stands alone"),
            ("permit", "the peer is missing"), ("permit laptop --none a:1", "stands alone"),
            ("permit laptop --none --for 2h", "stands alone"),
            ("permit laptop x", "the port is missing"),
            ("permit laptop a:1,b:2", "an IPv6 address needs brackets"),
        ])
    func mistakes(line: String, message: String) throws {
        do throws(CommandError) {
            _ = try command(line)
            Issue.record("\(line) is understood")
        } catch {
            #expect(error.exitCode == .usage)
            #expect(error.description.contains(message), "\(error.description)")
        }
    }
}
