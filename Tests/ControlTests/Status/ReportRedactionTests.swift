import SRMUDP
import Testing

@testable import Control

@Suite struct ReportRedactionTests {
    private func clean(_ text: String, hidesAddresses: Bool = false) -> String {
        var redaction = ReportRedaction(hidesAddresses: hidesAddresses, homeFolder: "/home/ann")
        return redaction.clean(text)
    }

    @Test("tickets, codes and passwords go, IDs are shortened")
    func secrets() throws {
        let id = "p2p1" + String(repeating: "a", count: 58)
        #expect(clean("peer \(id), 'x'") == "peer p2p1aaaaaaaa..., 'x'")
        #expect(clean("rv.example:7070#\(id)") == "rv.example:7070#p2p1aaaaaaaa...")
        #expect(clean("(p2pf1AbC-_9)") == "(<ticket>)")
        #expect(clean("P2PF1AbC-_9") == "<ticket>")
        #expect(clean("the code 4821-maple-tundra.") == "the code <code>.")
        #expect(clean("pair 4821-maple-tundra --name x") == "pair <code> --name x")
        #expect(clean("http://ann:secret@proxy:8080") == "<password>@proxy:8080")
    }

    @Test("the folder of the user does not tell the user's name")
    func folder() {
        #expect(clean("/home/ann/.config/p2pfwd:") == "~/.config/p2pfwd:")
    }

    @Test("other words stay as they are")
    func others() {
        let line =
            "2026-11-26T19:00:00Z session up connected to 'home-box': 192.0.2.7:41022, RTT 1.5 ms"
        #expect(clean(line) == line)
        #expect(clean("") == "")
        #expect(clean("a-b-c 12-3-4 g1.1") == "a-b-c 12-3-4 g1.1")
    }

    @Test("addresses get numbers, the same one each time")
    func addresses() {
        var redaction = ReportRedaction(hidesAddresses: true)

        #expect(
            redaction.clean("at 192.0.2.7:41022, [2001:db8::1]:5 and 192.0.2.7.")
                == "at address-1:41022, address-2:5 and address-1.")
        #expect(redaction.clean("2001:db8::1 10.0.0.0/8") == "address-2 address-3/8")
        #expect(redaction.clean("192.0.2.7: gone") == "address-1: gone")
        #expect(
            redaction.clean("127.0.0.1:80 [::]:7001 rv.example:7070")
                == "127.0.0.1:80 [::]:7001 rv.example:7070")
        #expect(redaction.clean("version 0.1.0 at 19:00:00") == "version 0.1.0 at 19:00:00")
    }
}
