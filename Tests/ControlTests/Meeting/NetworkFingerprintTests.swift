import SRMUDP
import Testing

@testable import Control

@Suite struct NetworkFingerprintTests {
    private static let routes = """
        Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT
        eth0 00000000 0101A8C0 0003 0 0 100 00000000 0 0 0
        """
    private static let neighbours = """
        IP address       HW type     Flags       HW address            Mask     Device
        192.168.1.1      0x1         0x2         02:42:ac:11:00:02     *        eth0
        """
    private static let routesIPv6 =
        "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
        + "fe800000000000000000000000000001 00000400 00000001 00000000 00000003 eth0"

    private func fingerprint(
        routes: String = routes, neighbours: String = neighbours, routesIPv6: String = "",
        addresses: [String] = ["192.168.1.7"]
    ) -> NetworkFingerprint? {
        NetworkFingerprint(
            routes: routes, neighbours: neighbours, routesIPv6: routesIPv6,
            addresses: addresses.compactMap { IPAddress($0) })
    }

    @Test("the same router is the same network, whatever our own address")
    func same() {
        #expect(fingerprint() != nil)
        #expect(fingerprint() == fingerprint(addresses: ["192.168.1.8"]))
        #expect(fingerprint()?.text.utf8.count == 16)
        #expect(fingerprint().flatMap { NetworkFingerprint(text: $0.text) } == fingerprint())
    }

    @Test("another router of the same address is another network")
    func another() {
        let other = Self.neighbours.replacing("00:02", with: "00:03")
        #expect(fingerprint(neighbours: other) != fingerprint())
    }

    @Test("without the router's hardware address our prefix counts")
    func prefix() {
        let here = fingerprint(neighbours: "")
        #expect(here != nil && here == fingerprint(neighbours: "", addresses: ["192.168.1.9"]))
        #expect(here != fingerprint(neighbours: "", addresses: ["192.168.2.9"]))
    }

    @Test("with IPv6 alone the prefix tells networks apart, and without a router nothing does")
    func others() {
        let here = fingerprint(
            routes: "", routesIPv6: Self.routesIPv6, addresses: ["2001:db8:1::5"])
        let there = fingerprint(
            routes: "", routesIPv6: Self.routesIPv6, addresses: ["2001:db8:2::5"])
        #expect(here != nil && there != nil && here != there)
        #expect(fingerprint(routes: "") == nil)
    }

    @Test(
        "only what was written is read",
        arguments: ["", "123", "000000000000000g", "00000000000000000"])
    func malformed(text: String) { #expect(NetworkFingerprint(text: text) == nil) }
}
