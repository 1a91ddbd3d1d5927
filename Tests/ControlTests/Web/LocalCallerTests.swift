import Forwarding
import Foundation
import SRMUDP
import Testing

@testable import Control

@Suite struct LocalCallerTests {
    private static let head =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "
        + "timeout inode\n"

    private static func row(
        _ local: String, _ remote: String, state: String = "01", user: String = "1000",
        inode: String = "4711"
    ) -> String {
        "   0: \(local) \(remote) \(state) 00000000:00000000 00:00000000 00000000 \(user)        0 "
            + "\(inode) 1 0000000000000000 20 4 30 10 -1\n"
    }

    private static let peer = SocketAddress(.loopbackIPv4, port: 0x1f90)
    private static let local = SocketAddress(.loopbackIPv4, port: 0x4279)
    /// Their row, as a machine that counts from the low byte writes it.
    private static let ours = ("0100007F:1F90", "0100007F:4279")

    private static func user(
        in text: String, peer: SocketAddress = peer, local: SocketAddress = local,
        partLength: Int = .max
    ) -> UInt32? {
        var search = LocalCaller.Search(peer: peer, local: local)
        var rest = [UInt8](text.utf8)[...]
        while !rest.isEmpty {
            if let socket = search.take(ArraySlice(rest.prefix(partLength))) {
                return socket.userID
            }
            rest = rest.dropFirst(partLength)
        }
        return nil
    }

    @Test("the row of the other end names its user", arguments: [1, 100, 1000])
    func found(partLength: Int) {
        let text =
            Self.head + Self.row("0100007F:4279", "0100007F:1F90", user: "7")
            + Self.row("00000000:4279", "00000000:0000", state: "0A", user: "7")
            + Self.row(Self.ours.0, Self.ours.1, user: "1234")

        #expect(Self.user(in: text, partLength: partLength) == 1234)
    }

    @Test("addresses of IPv6 are four words, and those of IPv4 may be written so")
    func ipv6() {
        let one = "00000000000000000000000001000000"
        let mapped = "0000000000000000FFFF00000100007F"
        let six = SocketAddress(.loopbackIPv6, port: 0x1f90)

        #expect(
            Self.user(
                in: Self.row("\(one):1F90", "\(one):4279"), peer: six,
                local: SocketAddress(.loopbackIPv6, port: 0x4279)) == 1000)
        #expect(Self.user(in: Self.row("\(mapped):1F90", "\(mapped):4279")) == 1000)
    }

    @Test("a socket that its process has closed is nobody's")
    func orphan() {
        let (from, to) = Self.ours
        #expect(Self.user(in: Self.row(from, to, state: "04", user: "0", inode: "0")) == nil)
        #expect(Self.user(in: Self.row(from, to, state: "06", user: "0", inode: "0")) == nil)
        #expect(Self.user(in: Self.row(from, to, user: "0", inode: "0")) == nil)
        #expect(Self.user(in: Self.row(from, to, user: "0")) == 0)
    }

    @Test(
        "what is no row is passed over",
        arguments: [
            "", "\n\n", "a b c\n", "0: 0100007F:1F90\n",
            row("0100007F:1F90", "0100007F:427"), row("0100007F1F90", "0100007F:4279"),
            row("G100007F:1F90", "0100007F:4279"),
            row("0100007F:1F90", "0100007F:4279", user: "-1"),
            row("0100007F:1F90", "0100007F:4279", user: "99999999999"),
            String(repeating: "x", count: 10_000) + row("0100007F:1F90", "0100007F:4279"),
            "0: 0100007F:1F90 0100007F:4279 01",
        ])
    func junk(text: String) {
        #expect(Self.user(in: text) == nil)
        #expect(Self.user(in: text + "\n" + Self.row(Self.ours.0, Self.ours.1)) == 1000)
    }

    @Test("a connection of this process is one of this user, and that of no caller")
    func system() throws {
        let loop = try EventLoop()
        var accepted: TCPSocket?
        let listener = try TCPListener(
            loop: loop, address: SocketAddress(.loopbackIPv4, port: 0)
        ) { accepted = $0 }
        var result: Dialer.Result?
        Dialer(loop: loop).dial([listener.address]) { result = $0 }
        while accepted == nil || result == nil {
            try loop.runTurn(waitingAtMost: .milliseconds(50))
        }
        let socket = try #require(accepted)
        guard case .connected(let client) = result else { return }

        let found = LocalCaller.socket(
            from: socket.peerAddress, to: socket.localAddress, inTableAt: "/proc/net/tcp")
        #expect(found?.userID == geteuid())
        #expect(!LocalCaller.isTrusted(peer: socket.peerAddress, local: socket.localAddress))
        client.close()
        #expect(!LocalCaller.isTrusted(peer: socket.peerAddress, local: socket.localAddress))
        #expect(
            !LocalCaller.isTrusted(
                peer: SocketAddress("192.0.2.1:5") ?? Self.peer, local: Self.local))
        listener.close()
    }
}
