import SRMUDP
import Testing

@testable import Forwarding

/// A listener, a connection to it and both ends of it.
struct ConnectedPair {
    let loop: EventLoop
    let near: TCPSocket
    let far: TCPSocket

    init(at ip: IPAddress) throws {
        let loop = try EventLoop()
        var near: TCPSocket?
        var far: TCPSocket?
        let listener = try TCPListener(loop: loop, address: SocketAddress(ip, port: 0)) {
            far = $0
        }
        Dialer(loop: loop).dial([listener.address]) { result in
            if case .connected(let socket) = result { near = socket }
        }
        for _ in 0..<100 where near == nil || far == nil {
            try loop.runTurn(waitingAtMost: .milliseconds(100))
        }
        listener.close()
        self.loop = loop
        self.near = try #require(near)
        self.far = try #require(far)
    }

    /// Reads until something other than "nothing there yet" comes.
    func read(_ socket: TCPSocket, into storage: inout ByteStorage) -> TCPSocket.ReadResult {
        for _ in 0..<1_000_000 {
            let result = socket.read(into: &storage, 0..<storage.count)
            if result != .wouldBlock { return result }
        }
        return .wouldBlock
    }
}

@Suite("TCPSocket", .serialized)
struct TCPSocketTests {
    @Test("a run of several blocks is written and read in one call")
    func blocks() throws {
        let pair = try ConnectedPair(at: .loopbackIPv4)
        let sent = BlockList(start: 100, byteCount: 40_000)
        let received = BlockList(start: 5000, byteCount: 60_000)
        for offset in 0..<40_000 { sent.store(UInt8(truncatingIfNeeded: offset / 7), at: offset) }

        #expect(pair.near.write(from: sent) == .bytes(40_000))
        var result = TCPSocket.ReadResult.wouldBlock
        for _ in 0..<1_000_000 where result == .wouldBlock {
            result = pair.far.read(into: received)
        }

        #expect(result == .bytes(40_000))
        #expect(received.array(count: 40_000) == sent.array(count: 40_000))
    }

    @Test(
        "bytes flow both ways, and each direction ends by itself",
        arguments: [
            IPAddress.loopbackIPv4, IPAddress.loopbackIPv6,
        ])
    func halfClose(ip: IPAddress) throws {
        let pair = try ConnectedPair(at: ip)
        var storage = ByteStorage(count: 100)
        let question = ByteStorage([1, 2, 3])

        #expect(pair.near.write(from: question, 0..<3) == .bytes(3))
        pair.near.shutdownWrite()
        #expect(pair.read(pair.far, into: &storage) == .bytes(3))
        #expect(storage.array(0..<3) == [1, 2, 3])
        #expect(pair.read(pair.far, into: &storage) == .end)
        #expect(pair.far.write(from: question, 1..<3) == .bytes(2))
        #expect(pair.read(pair.near, into: &storage) == .bytes(2))
        pair.far.close()
        #expect(pair.read(pair.near, into: &storage) == .end)

        #expect(!pair.near.hasFailed)
        #expect(pair.near.localAddress == pair.far.peerAddress)
        #expect(pair.near.peerAddress == pair.far.localAddress)
    }

    @Test("an abort is an error at the other end, not the end of the stream")
    func abort() throws {
        let pair = try ConnectedPair(at: .loopbackIPv4)
        var storage = ByteStorage(count: 100)

        pair.far.abort()
        let result = pair.read(pair.near, into: &storage)

        #expect(result == .failed(SystemError("read", code: ErrorNumber.connectionReset)))
        #expect(pair.near.write(from: storage, 0..<1) == result.asWrite)
        #expect(pair.near.hasFailed)
        #expect(!pair.far.isOpen)
    }

    @Test("a reset behind unread bytes is noticed and stays noticed")
    func resetBehindBytes() throws {
        let pair = try ConnectedPair(at: .loopbackIPv4)
        var storage = ByteStorage(count: 100)
        #expect(pair.far.write(from: storage, 0..<50) == .bytes(50))
        #expect(!pair.near.hasFailed)

        pair.far.abort()

        #expect(pair.near.hasFailed && pair.near.hasFailed)
        guard case .failed = pair.near.read(into: &storage, 0..<100) else {
            Issue.record("a broken connection was read from")
            return
        }
    }

    @Test("a full socket blocks and continues when the peer reads")
    func backPressure() throws {
        let pair = try ConnectedPair(at: .loopbackIPv4)
        let storage = ByteStorage(count: 1 << 20)
        var sink = ByteStorage(count: 1 << 20)
        var written = 0
        while case .bytes(let count) = pair.near.write(from: storage, 0..<storage.count) {
            written += count
        }

        var read = 0
        while read < written, case .bytes(let count) = pair.read(pair.far, into: &sink) {
            read += count
        }

        #expect(written > 0 && read == written)
        guard case .bytes = pair.near.write(from: storage, 0..<storage.count) else {
            Issue.record("the socket stayed blocked")
            return
        }
    }

    @Test("a closed socket fails instead of touching another file")
    func closed() throws {
        let pair = try ConnectedPair(at: .loopbackIPv4)
        var storage = ByteStorage(count: 1)

        pair.near.close()

        #expect(
            pair.near.read(into: &storage, 0..<1)
                == .failed(SystemError("read", code: ErrorNumber.badDescriptor)))
    }
}

extension TCPSocket.ReadResult {
    fileprivate var asWrite: TCPSocket.WriteResult? {
        guard case .failed(let error) = self else { return nil }
        return .failed(error)
    }
}
