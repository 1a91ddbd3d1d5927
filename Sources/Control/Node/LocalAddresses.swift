internal import Glibc
import SRMUDP

/// The addresses of this machine's interfaces at which another machine may reach it.
enum LocalAddresses {
    /// Global IPv6 first, then IPv4; loopback only where there is nothing else, because another
    /// machine would look for us on itself.
    static func list() -> [IPAddress] {
        let all = interfaceAddresses()
        let usable = all.filter {
            !$0.isLoopback && !$0.isLinkLocal && !$0.isMulticast && !$0.isUnspecified
        }
        guard !usable.isEmpty else { return [.loopbackIPv4] }
        return usable.filter { !$0.isIPv4 } + usable.filter(\.isIPv4)
    }

    /// What a node that listens at `address` can be reached at.
    static func candidates(listening address: SocketAddress) -> [SocketAddress] {
        guard address.ip.isUnspecified else { return [address] }
        return list()
            .filter { $0.isIPv4 || !address.ip.isIPv4 }
            .map { SocketAddress($0, port: address.port) }
    }

    /// Every address of every interface that is up, or of the one of this name.
    static func interfaceAddresses(of interface: String? = nil) -> [IPAddress] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var addresses: [IPAddress] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ifa_next
            let isUp = entry.ifa_flags & UInt32(IFF_UP) != 0
            if let interface, String(cString: entry.ifa_name) != interface { continue }
            guard isUp, let name = entry.ifa_addr, let text = Self.text(of: name),
                let address = IPAddress(text)
            else { continue }
            if !addresses.contains(address) { addresses.append(address) }
        }
        return addresses
    }

    /// The numeric text of an IPv4 or IPv6 address; nil for other families and scoped addresses.
    private static func text(of name: UnsafeMutablePointer<sockaddr>) -> String? {
        let length: Int
        switch Int32(name.pointee.sa_family) {
        case AF_INET: length = MemoryLayout<sockaddr_in>.size
        case AF_INET6: length = MemoryLayout<sockaddr_in6>.size
        default: return nil
        }
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let result = getnameinfo(
            name, socklen_t(length), &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST)
        guard result == 0 else { return nil }
        return String(decoding: host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
