import Glibc
import SRMUDP
import Synchronization
import Testing

@testable import Forwarding

@Suite("TCPListener", .serialized)
struct TCPListenerTests {
    @Test("a listener at any IPv6 address takes IPv4 as well and says who called")
    func dualStack() throws {
        let loop = try EventLoop()
        var peers: [SocketAddress] = []
        let listener = try TCPListener(loop: loop, address: SocketAddress(.anyIPv6, port: 0)) {
            peers.append($0.peerAddress)
        }
        var connected: [TCPSocket] = []
        for ip in [IPAddress.loopbackIPv4, .loopbackIPv6] {
            let address = SocketAddress(ip, port: listener.address.port)
            Dialer(loop: loop).dial([address]) { result in
                if case .connected(let socket) = result { connected.append(socket) }
            }
        }

        for _ in 0..<100 where peers.count < 2 || connected.count < 2 {
            try loop.runTurn(waitingAtMost: .milliseconds(100))
        }

        #expect(Set(peers) == Set(connected.map(\.localAddress)))
        listener.close()
    }

    @Test("a port in use is refused, and free again after close")
    func portInUse() throws {
        let loop = try EventLoop()
        let listener = try TCPListener(
            loop: loop, address: SocketAddress(.loopbackIPv4, port: 0)
        ) { _ in }

        let error = #expect(throws: SystemError.self) {
            try TCPListener(loop: loop, address: listener.address) { _ in }
        }
        listener.close()
        let again = try TCPListener(loop: loop, address: listener.address) { _ in }

        #expect(error?.isAddressInUse == true)
        again.close()
    }

    @Test("an address of another machine is told apart")
    func foreignAddress() throws {
        let loop = try EventLoop()
        let foreign = try #require(IPAddress("192.0.2.1"))

        let error = #expect(throws: SystemError.self) {
            try TCPListener(loop: loop, address: SocketAddress(foreign, port: 0)) { _ in }
        }

        #expect(error?.isAddressMissing == true)
    }

    @Test("accepting pauses when files run out, warns once, and goes on afterwards")
    func filesRunOut() async {
        // The limit is one of the whole process, so this runs in a process of its own.
        await #expect(processExitsWith: .success) {
            try Self.exhaustFiles()
        }
    }

    private static func exhaustFiles() throws {
        let loop = try EventLoop()
        let warnings = WarningCounter()
        let logger = Logger(label: "", level: .warning) { _, _ in warnings.increment() }
        var accepted: [TCPSocket] = []
        let address = SocketAddress(.loopbackIPv4, port: 0)
        let listener = try TCPListener(loop: loop, address: address, logger: logger) {
            accepted.append($0)
        }
        let clients = try (0..<3).map { _ in
            let socket = try Holder(FileDescriptor.tcpSocket(for: .loopbackIPv4))
            _ = try socket.descriptor.connect(to: listener.address)
            return socket
        }

        var turns = 0
        try withoutFreeFiles {
            let end = loop.now + .milliseconds(250)
            while loop.now < end {
                try loop.runTurn(waitingAtMost: .milliseconds(50))
                turns += 1
            }
        }
        let acceptedMeanwhile = accepted.count
        for _ in 0..<100 where accepted.count < 3 {
            try loop.runTurn(waitingAtMost: .milliseconds(100))
        }

        try #require(acceptedMeanwhile == 0 && accepted.count == 3)
        try #require(warnings.value == 1)
        try #require(turns < 20)
        withExtendedLifetime(clients) {}
        listener.close()
    }

    private final class Holder {
        let descriptor: FileDescriptor
        init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
    }

    private final class WarningCounter: Sendable {
        private let count = Mutex(0)
        var value: Int { count.withLock { $0 } }
        func increment() { count.withLock { $0 += 1 } }
    }

    /// Runs `body` while this process can open no file.
    private static func withoutFreeFiles(_ body: () throws -> Void) throws {
        var before = rlimit()
        try #require(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &before) == 0)
        var none = before
        none.rlim_cur = 0
        try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &none) == 0)
        defer { setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &before) }
        try body()
    }
}
