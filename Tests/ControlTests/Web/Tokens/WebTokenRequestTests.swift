import Forwarding
import Testing

@testable import Control

@Suite("WebTokenRequest")
struct WebTokenRequestTests {
    private static func error(_ text: String) -> ControlError? {
        do throws(ControlError) {
            _ = try WebTokenRequest(body: [UInt8](text.utf8))
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "an empty body and an empty object ask for ten minutes of key links", arguments: ["", "{}"])
    func defaults(text: String) throws {
        let request = try WebTokenRequest(body: [UInt8](text.utf8))

        #expect(request == WebTokenRequest())
        #expect(request.seconds == 600 && request.uses == nil)
        #expect(request.permissions == WebPermissions())
    }

    @Test("everything can be said")
    func full() throws {
        let request = try WebTokenRequest(
            body: [UInt8](
                #"""
                {"label":"demo","expires":2592000,"uses":1,"links":["192.0.2.0/24:5000-6000"],
                 "peers":{"homebox":["localhost:80","/run/x*.sock"],"other":[]},
                 "methods":["path.*","node.info","!path.why","*._ping"],"metrics":true}
                """#.utf8))

        #expect(request.label == "demo" && request.seconds == 2_592_000 && request.uses == 1)
        let permissions = request.permissions
        #expect(permissions.links?.description == "192.0.2.0/24:5000-6000")
        #expect(permissions.peers["homebox"]?.description == "localhost:80, /run/x*.sock")
        #expect(permissions.peers["other"] == .nothing)
        #expect(permissions.methods == ["path.*", "node.info", "!path.why", "*._ping"])
        #expect(permissions.mayReadMetrics)
    }

    @Test(
        "a mistake is told with what was probably meant",
        arguments: [
            (#"{"expire":1}"#, "'expire' is not known", "did you mean 'expires'?"),
            (#"{"private_key":"0x1"}"#, "'private_key' is not known", nil),
            (#"{"expires":0}"#, "'expires' must be a whole number from 1 to 2592000", nil),
            (#"{"expires":2592001}"#, "'expires' must be a whole number from 1 to 2592000", nil),
            (#"{"expires":"1h"}"#, "'expires' must be a whole number from 1 to 2592000", nil),
            (#"{"uses":0}"#, "'uses' must be a whole number from 1 to 1000000", nil),
            (#"{"uses":1.5}"#, "'uses' must be a whole number from 1 to 1000000", nil),
            (#"{"label":""}"#, "'label' must be a line of 1 to 64 bytes", nil),
            (#"{"label":"a\nb"}"#, "'label' must be a line of 1 to 64 bytes", nil),
            (#"{"links":"any"}"#, "'links' must be an array of text", nil),
            (#"{"links":["a"]}"#, "'links': Bad permission 'a': the port is missing", nil),
            (#"{"links":["10.0.0.1/8:1"]}"#, "'links': 10.0.0.1/8 has host bits set", nil),
            (#"{"links":["/run/x"]}"#, "'links': a link leads to no path", nil),
            (#"{"peers":["a"]}"#, "'peers' must be an object of arrays of text", nil),
            (#"{"peers":{"a":"b"}}"#, "'peers.a' must be an array of text", nil),
            (#"{"peers":{"-a":[]}}"#, "'peers': '-a' cannot be the name of a peer", nil),
            (#"{"peers":{"a":["none","any"]}}"#, "'peers.a': Bad permission 'none'", nil),
            (
                #"{"methods":["node.statu"]}"#, "'methods': there is no method called 'node.statu'",
                "did you mean 'node.status'?"
            ),
            (#"{"methods":["x*"]}"#, "'methods': there is no method called 'x*'", nil),
            (#"{"methods":["a b"]}"#, "'methods': 'a b' is not a pattern of names", nil),
            (#"{"methods":[1]}"#, "'methods[0]' must be text", nil),
            (#"{"metrics":"yes"}"#, "'metrics' must be true or false", nil),
            ("[]", "it must be an object", nil), ("7", "it must be an object", nil),
            ("{", "unexpected end at byte 1", nil),
            (#"{"uses":1,"uses":1}"#, "a name occurs twice at byte 10", nil),
            (#"{"label":"\ud800"}"#, "half of a surrogate pair at byte 10", nil),
            (#"{"uses":1e400}"#, "the number is too large at byte 8", nil),
            ("{\"label\":\"\u{0}\"}", "a control character must be an escape at byte 10", nil),
            (#"{"label":"\u0000"}"#, "'label' must be text without U+0000", nil),
        ])
    func mistakes(text: String, why: String, hint: String?) throws {
        let error = try #require(Self.error(text))

        #expect(error.why.hasPrefix(why))
        if let hint { #expect(error.hint == hint) }
    }

    @Test("nesting and the number of entries have bounds")
    func bounds() throws {
        let deep = String(repeating: "[", count: 10_000)
        #expect(try #require(Self.error(#"{"links":"# + deep)).why.hasPrefix("nested deeper"))
        let links = (0...WebPermissions.entryLimit).map { #""a:\#($0 + 1)""# }
        #expect(
            Self.error(#"{"links":[\#(links.joined(separator: ","))]}"#)?.why
                == "'links' has 64 entries at most")
        let long = String(repeating: "a.", count: 150) + "b:1"
        #expect(
            Self.error(#"{"links":["\#(long)"]}"#)?.why
                == "'links': a pattern has 300 bytes at most")
        let peers = (0...WebPermissions.entryLimit).map { #""p\#($0)":[]"# }
        #expect(
            Self.error(#"{"peers":{\#(peers.joined(separator: ","))}}"#)?.why
                == "'peers' has 64 entries at most")
    }
}
