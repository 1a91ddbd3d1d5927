import SRMUDP
import Testing

@testable import Forwarding

@Suite("Dialer", .serialized)
struct DialerTests {
    /// A port at which nobody listens, as the system chose it and took it back.
    private static func closedAddress(_ ip: IPAddress, loop: EventLoop) throws -> SocketAddress {
        let listener = try TCPListener(loop: loop, address: SocketAddress(ip, port: 0)) { _ in }
        listener.close()
        return listener.address
    }

    private static func dial(
        _ addresses: [SocketAddress], _ dialer: Dialer, loop: EventLoop
    ) throws -> Dialer.Result {
        var result: Dialer.Result?
        dialer.dial(addresses) { result = $0 }
        #expect(result == nil)
        for _ in 0..<100 where result == nil {
            try loop.runTurn(waitingAtMost: .milliseconds(100))
        }
        return try #require(result)
    }

    @Test("a refusal is told as such")
    func refused() throws {
        let loop = try EventLoop()
        let address = try Self.closedAddress(.loopbackIPv4, loop: loop)

        let result = try Self.dial([address], Dialer(loop: loop), loop: loop)

        guard case .failed(let error) = result else {
            Issue.record("connected to nobody")
            return
        }
        #expect(error == SystemError("connect", code: ErrorNumber.connectionRefused))
    }

    @Test("the next address follows at once when one refuses")
    func fallback() throws {
        let loop = try EventLoop()
        let dead = try Self.closedAddress(.loopbackIPv6, loop: loop)
        let listener = try TCPListener(
            loop: loop, address: SocketAddress(.loopbackIPv4, port: 0)
        ) { _ in }
        let dialer = Dialer(loop: loop, attemptDelay: .seconds(3600))

        let result = try Self.dial([listener.address, dead], dialer, loop: loop)

        guard case .connected(let socket) = result else {
            Issue.record("not connected")
            return
        }
        #expect(socket.peerAddress == listener.address)
        listener.close()
    }

    @Test("the next address follows after the delay when one is silent, and time is limited")
    func silent() throws {
        let loop = try EventLoop()
        // A listener whose queue is full drops further attempts in silence.
        let silent = try SilentAddress()
        let listener = try TCPListener(
            loop: loop, address: SocketAddress(.loopbackIPv4, port: 0)
        ) { _ in }
        let dialer = Dialer(
            loop: loop, attemptDelay: .milliseconds(5), timeLimit: .milliseconds(40))

        let reached = try Self.dial([silent.address, listener.address], dialer, loop: loop)
        let missed = try Self.dial([silent.address], dialer, loop: loop)

        guard case .connected(let socket) = reached, case .failed(let error) = missed else {
            Issue.record("\(reached) \(missed)")
            return
        }
        #expect(socket.peerAddress == listener.address)
        #expect(error.code == ErrorNumber.timedOut)
        listener.close()
    }

    @Test("a cancelled attempt says nothing, and no address is an error")
    func cancelling() throws {
        let loop = try EventLoop()
        let address = try Self.closedAddress(.loopbackIPv4, loop: loop)
        let dialer = Dialer(loop: loop)
        var isCalled = false
        let early = dialer.dial([address]) { _ in isCalled = true }
        let late = dialer.dial([address]) { _ in isCalled = true }

        early.cancel()
        try loop.runTurn(waitingAtMost: .zero)
        late.cancel()
        for _ in 0..<3 { try loop.runTurn(waitingAtMost: .zero) }

        #expect(!isCalled)
        guard case .failed = try Self.dial([], dialer, loop: loop) else {
            Issue.record("connected to nothing")
            return
        }
    }

    @Test("families take turns, IPv6 first")
    func order() throws {
        let texts = ["1.1.1.1:1", "1.1.1.2:1", "1.1.1.3:1", "[::1]:1", "[::2]:1"]
        let addresses = try texts.map { try #require(SocketAddress($0)) }

        #expect(
            Dialer.interleaved(addresses).map(\.description) == [
                "[::1]:1", "1.1.1.1:1", "[::2]:1", "1.1.1.2:1", "1.1.1.3:1",
            ])
    }
}
