import Glibc
import Testing

@testable import SRMUDP

@Suite("Inherited files")
struct InheritedFilesTests {
    @Test("a socket is taken once, and what is no socket never")
    func take() throws {
        let loopback = SocketAddress(.loopbackIPv4, port: 0)
        let descriptor = try FileDescriptor.tcpSocket(for: loopback.ip)
        try descriptor.listen(at: loopback)
        let address = try descriptor.localAddress()
        let number = dup(descriptor.number)
        let memory = try MemoryFile()

        let files = InheritedFiles([number, memory.number, 0])

        #expect(!files.contains(memory.number) && !files.contains(0))
        let taken = try #require(files.take(number)?.localAddress())
        #expect(taken == address)
        #expect(files.take(number) == nil)
    }
}
