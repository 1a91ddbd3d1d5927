import SRMUDP
import Testing

@testable import Control

@Suite("DefaultRoute")
struct DefaultRouteTests {
    @Test("the default route of the least metric is taken")
    func ipv4() {
        let table = """
            Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
            wlan0\t00000000\t\(memoryText(0xc0a8_0201))\t0003\t0\t0\t600\t00000000\t0\t0\t0
            eth0\t00000000\t\(memoryText(0xc0a8_0101))\t0003\t0\t0\t100\t00000000\t0\t0\t0
            eth0\t\(memoryText(0xc0a8_0100))\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
            """

        let route = DefaultRoute.ipv4(table: table)

        #expect(route == DefaultRoute(gateway: IPAddress(ipv4: 0xc0a8_0101), interface: "eth0"))
    }

    @Test(
        "routes that are down, without gateway, rejected, or not for everything are passed over",
        arguments: [
            "eth0 00000000 0101A8C0 0002 0 0 100 00000000 0 0 0",
            "ppp0 00000000 00000000 0001 0 0 100 00000000 0 0 0",
            "eth0 00000000 0101A8C0 0203 0 0 100 00000000 0 0 0",
            "eth0 00000000 0101A8C0 0003 0 0 100 00000080 0 0 0",
            "eth0 0000000A 0101A8C0 0003 0 0 100 00000000 0 0 0",
        ])
    func passedOver(line: String) {
        #expect(DefaultRoute.ipv4(table: line) == nil)
    }

    @Test(
        "damaged tables have no route",
        arguments: ["", "\n\n", "eth0", "eth0 00000000 zz 0003 0 0 100 00000000", "\0\0"])
    func damaged(table: String) {
        #expect(DefaultRoute.ipv4(table: table) == nil)
        #expect(DefaultRoute.ipv6(table: table) == nil)
    }

    @Test("the IPv6 route is read")
    func ipv6() {
        let zeros = String(repeating: "0", count: 32)
        let table = """
            fe800000000000000000000000000000 40 \(zeros) 00 \(zeros) 00000100 1 0 00000001 eth0
            \(zeros) 00 \(zeros) 00 fe800000000000000000000000000001 00000400 1 0 00000003 eth0
            \(zeros) 00 \(zeros) 00 \(zeros) ffffffff 1 0 00200200 lo
            """

        let route = DefaultRoute.ipv6(table: table)

        #expect(
            route
                == DefaultRoute(
                    gateway: IPAddress(high: 0xfe80_0000_0000_0000, low: 1), interface: "eth0"))
    }

    /// An address as the kernel prints it: its bytes in memory, read as one number.
    private func memoryText(_ address: UInt32) -> String {
        let digits = String(address.bigEndian, radix: 16, uppercase: true)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
