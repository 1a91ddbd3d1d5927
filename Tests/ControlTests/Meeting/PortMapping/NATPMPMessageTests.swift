import SRMUDP
import Testing

@testable import Control

@Suite("NATPMPMessage")
struct NATPMPMessageTests {
    @Test("requests have the layout of RFC 6886")
    func requests() {
        #expect(NATPMPRequest.externalAddress.encoded == [0, 0])
        let map = NATPMPRequest.map(internalPort: 4444, suggestedPort: 4445, lifetime: 3600)
        #expect(map.encoded == bytes("00010000 115c115d 00000e10"))
    }

    @Test("an external address is read")
    func externalAddress() throws {
        let response = try NATPMPResponse(parsing: bytes("00800000 00000007 2d430202"))

        #expect(response.result == 0)
        #expect(response.epoch == 7)
        #expect(response.content == .externalAddress(IPAddress(ipv4: 0x2d43_0202)))
    }

    @Test("a mapping is read")
    func mapping() throws {
        let response = try NATPMPResponse(parsing: bytes("00810000 00000007 115c115d 00000e10"))

        #expect(
            response.content
                == .mapping(internalPort: 4444, externalPort: 4445, lifetime: 3600))
    }

    @Test(
        "an error is read, with and without what usually follows",
        arguments: ["00800003 00000001", "00810001 00000001 115c115c 00000e10"])
    func failure(text: String) throws {
        let response = try NATPMPResponse(parsing: bytes(text))

        #expect(response.content == .failure)
        #expect(response.result != 0)
    }

    @Test(
        "what is no answer is refused",
        arguments: [
            "", "00", "0080", "0080000000", "00800000 00000007", "00800000 00000007 2d4302",
            // Too long, a request, TCP, another version, an error that answers nothing.
            "00800000 00000007 2d43020200", "00000000 00000007 2d430202",
            "00820000 00000007 115c115d 00000e10", "02800000 00000007 2d430202",
            "00010001 00000001",
        ])
    func refused(text: String) {
        #expect(throws: WireError.self) { try NATPMPResponse(parsing: bytes(text)) }
    }
}
