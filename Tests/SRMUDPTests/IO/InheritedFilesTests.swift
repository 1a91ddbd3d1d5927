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
        let other = memory.number

        let files = InheritedFiles([number, other, 0])

        #expect(!files.contains(other) && !files.contains(0))
        guard let taken = files.take(number) else {
            Issue.record("the socket was not taken over")
            return
        }
        let takenAddress = try taken.localAddress()
        #expect(takenAddress == address)
        #expect(!files.contains(number))
    }
}
