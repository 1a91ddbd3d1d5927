import Glibc
import SRMUDP
import Testing

/// A local address at which connection attempts get no answer: the queue of the socket that
/// listens there is full, and the system drops what more comes.
final class SilentAddress {
    let address: SocketAddress
    private var descriptors: [Int32] = []

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let filled = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer -> [Int32] in
                guard bind(listener, pointer, length) == 0, listen(listener, 0) == 0,
                    getsockname(listener, pointer, &length) == 0
                else { return [] }
                return (0..<4).map { _ in
                    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
                    let client = socket(AF_INET, type, 0)
                    _ = connect(client, pointer, length)
                    return client
                }
            }
        }
        address = SocketAddress(.loopbackIPv4, port: UInt16(bigEndian: name.sin_port))
        descriptors = filled + [listener]
        try #require(!filled.isEmpty)
    }

    deinit { for descriptor in descriptors { close(descriptor) } }
}
