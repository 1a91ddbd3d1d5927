import Testing

@testable import SRMUDP

@Suite struct MulticastSocketTests {
    private static let groups = [
        IPAddress(ipv4: 0xefff_0101), IPAddress(high: 0xff12_0000_0000_0000, low: 0x7e57),
    ]

    @Test(
        "a call to the group is heard on this machine, and answered from machine to machine",
        arguments: groups)
    func conversation(address: IPAddress) throws {
        let group = SocketAddress(address, port: try freePort())
        let talker = try MulticastSocket(.talker, group: group)
        let other = try MulticastSocket(.talker, group: group)
        let listeners = [
            try MulticastSocket(.listener, group: group),
            try MulticastSocket(.listener, group: group),
        ]

        talker.sendToGroup([1, 2, 3])
        for listener in listeners {
            let call = try #require(wait(for: listener))
            #expect(call.bytes == [1, 2, 3])
            other.send([9], to: call.source)
            #expect(wait(for: talker)?.bytes == [9])
        }

        // It came by each interface once.
        while let call = listeners[0].receive() { #expect(call.bytes == [1, 2, 3]) }
        #expect(other.receive() == nil)
    }

    @Test("joining again does no harm, and a destination of the other family is passed over")
    func harmless() throws {
        let group = SocketAddress(IPAddress(ipv4: 0xefff_0102), port: 18_267)
        let listener = try MulticastSocket(.listener, group: group)
        let talker = try MulticastSocket(.talker, group: group)

        listener.joinInterfaces()
        talker.joinInterfaces()
        talker.send([1], to: SocketAddress(.loopbackIPv6, port: 18_267))

        #expect(talker.receive() == nil && talker.fileDescriptor >= 0)
    }

    /// A port that nobody else's calls go to.
    private func freePort() throws -> UInt16 {
        try UDPSocket(bindingTo: SocketAddress(.anyIPv6, port: 0)).localAddress.port
    }

    /// On this machine a datagram is there when it was sent, but for the work of another core.
    private func wait(for socket: MulticastSocket) -> (bytes: [UInt8], source: SocketAddress)? {
        for _ in 0..<100_000 {
            if let datagram = socket.receive() { return datagram }
        }
        return nil
    }
}
