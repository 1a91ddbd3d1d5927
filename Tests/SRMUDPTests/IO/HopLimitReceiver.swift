import Glibc

@testable import SRMUDP

/// A socket that tells how many hops a datagram had left when it arrived.
///
/// On loopback no router lies between, so that it is what the sender asked for.
struct HopLimitReceiver {
    let socket: UDPSocket

    init(bindingTo ip: IPAddress) throws {
        var configuration = UDPSocket.Configuration()
        configuration.offloads = []
        socket = try UDPSocket(
            bindingTo: SocketAddress(ip, port: 0), configuration: configuration)
        var one: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        let result =
            ip.isIPv4
            ? setsockopt(socket.fileDescriptor, Int32(IPPROTO_IP), IP_RECVTTL, &one, size)
            : setsockopt(
                socket.fileDescriptor, Int32(IPPROTO_IPV6), IPV6_RECVHOPLIMIT, &one, size)
        precondition(result == 0, "the system tells the hop limit")
    }

    /// Of the next datagram; nil if there is none.
    func next() -> Int32? {
        var payload = [UInt8](repeating: 0, count: 65_536)
        var control = [UInt8](repeating: 0, count: 256)
        return payload.withUnsafeMutableBytes { payload in
            control.withUnsafeMutableBytes { control in
                var part = iovec(iov_base: payload.baseAddress, iov_len: payload.count)
                return withUnsafeMutablePointer(to: &part) { part in
                    var message = msghdr()
                    message.msg_iov = part
                    message.msg_iovlen = 1
                    message.msg_control = control.baseAddress
                    message.msg_controllen = control.count
                    guard recvmsg(socket.fileDescriptor, &message, 0) >= 0 else { return nil }
                    return Self.hopLimit(in: UnsafeRawBufferPointer(control), message)
                }
            }
        }
    }

    /// Walks over what CMSG_NXTHDR would: a header of 16 bytes, its data, padding to 8 bytes.
    private static func hopLimit(
        in control: UnsafeRawBufferPointer, _ message: msghdr
    ) -> Int32? {
        var offset = 0
        while offset + 16 <= message.msg_controllen {
            let header = control.loadUnaligned(fromByteOffset: offset, as: cmsghdr.self)
            let isHopLimit =
                header.cmsg_level == Int32(IPPROTO_IP) && header.cmsg_type == IP_TTL
                || header.cmsg_level == Int32(IPPROTO_IPV6)
                    && header.cmsg_type == IPV6_HOPLIMIT
            if isHopLimit {
                return control.loadUnaligned(fromByteOffset: offset + 16, as: Int32.self)
            }
            offset += (header.cmsg_len + 7) & ~7
        }
        return nil
    }
}
