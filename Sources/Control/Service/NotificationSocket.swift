internal import Glibc
import SRMUDP

/// Where a service manager listens: an AF_UNIX datagram socket, named by NOTIFY_SOCKET as
/// sd_notify(3) writes it. `/run/x` is a file, `@x` a name in the abstract namespace.
struct NotificationSocket: ~Copyable {
    enum Patience {
        /// The message may be lost: another one follows.
        case none
        /// The message is worth waiting for, though not forever.
        case second
    }

    /// The longest name that the system takes.
    private static let pathLimit = 107

    private let descriptor: FileDescriptor
    private let name: sockaddr_un
    private let nameLength: socklen_t

    /// - Throws: why messages cannot go there, for people.
    init(_ text: String) throws(SystemError) {
        var bytes = Array(text.utf8)
        guard let first = bytes.first, [UInt8(ascii: "/"), UInt8(ascii: "@")].contains(first) else {
            throw SystemError("NOTIFY_SOCKET", code: EAFNOSUPPORT)
        }
        guard bytes.count <= Self.pathLimit else {
            throw SystemError("NOTIFY_SOCKET", code: ENAMETOOLONG)
        }
        let isAbstract = first == UInt8(ascii: "@")
        if isAbstract { bytes[0] = 0 }
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
        // The length ends an abstract name, a zero byte that of a file.
        let header = MemoryLayout<sa_family_t>.size
        let length = header + bytes.count + (isAbstract ? 0 : 1)
        let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw SystemError("socket", code: errno) }
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(
            number, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        self.name = name
        nameLength = socklen_t(length)
        descriptor = FileDescriptor(owning: number)
    }

    /// Sends one datagram.
    func send(_ text: String, patience: Patience) throws(SystemError) {
        let bytes = Array(text.utf8)
        let flags = Int32(MSG_NOSIGNAL) | (patience == .none ? Int32(MSG_DONTWAIT) : 0)
        var count = deliver(bytes, flags)
        while count < 0, errno == EINTR { count = deliver(bytes, flags) }
        guard count == bytes.count else { throw SystemError("sendto", code: errno) }
    }

    private func deliver(_ bytes: [UInt8], _ flags: Int32) -> Int {
        withUnsafePointer(to: name) { name in
            name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                sendto(descriptor.number, bytes, bytes.count, flags, name, nameLength)
            }
        }
    }
}
