import Forwarding
import Testing

@testable import Control

@Suite struct PeerRightsTests {
    private func rights(_ line: String) throws -> PeerRights {
        try PeerRights(fields: try TextLines.fields(line, known: PeerRights.fieldNames))
    }

    private static let full =
        "permit=localhost:80,10.0.0.0/8:* listen=8080,localhost:9000-9010,/run/app/* "
        + "gateway=clientspecified relay=yes flows=100 rate=1M ask=no"

    @Test("rights are written as they are read", arguments: [full, "", "permit=none", "relay=no"])
    func roundTrip(line: String) throws {
        #expect(try rights(line).fields.joined(separator: " ") == line)
    }

    @Test(
        "a value that cannot be read is named",
        arguments: [
            ("permit=x", "permit"), ("permit=", "permit"), ("permit=none,a:1", "permit"),
            ("listen=", "listen"), ("listen=8080,", "listen"), ("listen=::1:80", "listen"),
            ("gateway=maybe", "gateway"), ("relay=on", "relay"), ("flows=0", "flows"),
            ("flows=1000001", "flows"), ("flows=-1", "flows"), ("flows=", "flows"),
            ("rate=1", "rate"), ("rate=fast", "rate"), ("ask=", "ask"),
        ])
    func invalid(line: String, field: String) throws {
        do {
            _ = try rights(line)
            Issue.record("\(line) was read")
        } catch let complaint as TextLines.Complaint {
            #expect(complaint.reason.contains("'\(field)'"))
        }
    }

    @Test("what is said of a peer replaces or adds to what is said of everybody")
    func besides() throws {
        var common = PeerGrants()
        common.open = try AccessPolicy(parsing: ["printer:631"])
        common.listen = [try #require(ListenRule("7000"))]
        common.maximumFlows = 5
        common.mayRelay = true
        common.asks = true

        let grants = try rights(Self.full).grants(besides: common)
        #expect(grants.open.description == "printer:631, localhost:80, 10.0.0.0/8:*")
        #expect(
            grants.listen.map(\.description) == [
                "7000", "8080", "localhost:9000-9010", "/run/app/*",
            ])
        #expect(grants.gateway == .clientSpecified)
        #expect(grants.maximumFlows == 100)
        #expect(grants.rate == 1 << 20)
        #expect(grants.mayRelay && !grants.asks)

        #expect(PeerRights().grants(besides: common) == common)
        #expect(PeerRights.none.grants(besides: common) == PeerGrants())
    }

    @Test("rights add up, and permitting something ends 'none'")
    func adding() throws {
        var rights = try rights("permit=a:1 flows=5 relay=yes")
        rights.add(try self.rights("permit=a:1,b:2 listen=80 flows=7"))
        #expect(
            rights.fields.joined(separator: " ") == "permit=a:1,b:2 listen=80 relay=yes flows=7")

        var none = PeerRights.none
        none.add(try self.rights("permit=a:1"))
        #expect(none.fields == ["permit=a:1"])
    }
}
