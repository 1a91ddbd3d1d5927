import Glibc
import SRMUDP
import Testing

@testable import Forwarding

@Suite("LocalListener", .serialized)
struct LocalListenerTests {
    private static func freshPath() throws -> String {
        let placeholder = String(repeating: "X", count: 6)
        var template = Array("/tmp/p2pfwd-test-\(placeholder)".utf8CString)
        try #require(mkdtemp(&template) != nil)
        return template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) } + "/socket"
    }

    private static func remove(_ path: String) {
        unlink(path)
        rmdir(String(path.dropLast("/socket".count)))
    }

    @Test("bytes flow through a path, the user is known, and the file is private and goes away")
    func roundTrip() throws {
        let path = try Self.freshPath()
        defer { Self.remove(path) }
        let loop = try EventLoop()
        var far: TCPSocket?
        let listener = try LocalListener(loop: loop, path: path) { far = $0 }
        var information = stat()
        #expect(stat(path, &information) == 0 && information.st_mode & 0o777 == 0o600)

        let near = try TCPSocket(connectingTo: path, loop: loop)
        for _ in 0..<100 where far == nil { try loop.runTurn(waitingAtMost: .milliseconds(100)) }
        let accepted = try #require(far)
        var storage = ByteStorage([1, 2, 3])
        #expect(near.write(from: storage, 0..<3) == .bytes(3))
        near.shutdownWrite()
        #expect(accepted.read(into: &storage, 0..<3) == .bytes(3))
        #expect(accepted.read(into: &storage, 0..<3) == .end)
        #expect(try accepted.peerUserID() == getuid() && near.peerUserID() == getuid())

        listener.close()
        #expect(access(path, F_OK) != 0)
    }

    @Test("a stale socket is replaced where that is wished, a living one or a file never")
    func stale() throws {
        let path = try Self.freshPath()
        defer { Self.remove(path) }
        let loop = try EventLoop()
        func listen(replacesStale: Bool) throws(SystemError) -> LocalListener {
            try LocalListener(loop: loop, path: path, replacesStale: replacesStale) { _ in }
        }
        func leaveStaleSocket() throws {
            let descriptor = try FileDescriptor.localSocket()
            try descriptor.listen(atPath: path)
        }

        try leaveStaleSocket()
        #expect(throws: SystemError.self) { try listen(replacesStale: false) }
        let living = try listen(replacesStale: true)
        let error = #expect(throws: SystemError.self) { try listen(replacesStale: true) }
        #expect(error?.isAddressInUse == true)
        living.close()

        let file = open(path, O_CREAT | O_WRONLY, 0o600)
        #expect(throws: SystemError.self) { try listen(replacesStale: true) }
        #expect(access(path, F_OK) == 0)
        close(file)
    }

    @Test("a mask opens the file to others, and a file that replaced ours stays")
    func maskAndReplacement() throws {
        let path = try Self.freshPath()
        defer { Self.remove(path) }
        let loop = try EventLoop()
        let file = try SocketFile(path: #require(SocketPath(path)), mask: 0o111)
        let first = try LocalListener(loop: loop, file: file, logger: .silent) { _ in }
        var information = stat()
        #expect(stat(path, &information) == 0 && information.st_mode & 0o777 == 0o666)

        var replacing = file
        replacing.replacement = .always
        let second = try LocalListener(loop: loop, file: replacing, logger: .silent) { _ in }
        first.close()

        #expect(access(path, F_OK) == 0)
        second.close()
        #expect(access(path, F_OK) != 0)
    }

    @Test("paths that are missing or too long are errors")
    func badPaths() throws {
        let loop = try EventLoop()

        let missing = #expect(throws: SystemError.self) {
            try TCPSocket(connectingTo: "/nonexistent/socket", loop: loop)
        }
        #expect(missing?.code == ErrorNumber.noSuchFile)
        #expect(throws: SystemError.self) {
            try TCPSocket(connectingTo: String(repeating: "a", count: 200), loop: loop)
        }
        #expect(throws: SystemError.self) { try TCPSocket(connectingTo: "", loop: loop) }
    }
}
