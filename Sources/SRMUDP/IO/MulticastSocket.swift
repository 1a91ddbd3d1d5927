internal import CSystem

/// A UDP socket for finding other machines on the links of this one, without any server.
///
/// Two kinds work together. A *talker* has a port of its own: it calls to the group by all
/// interfaces, and takes and sends datagrams to single machines. A *listener* hears what is called
/// to the group; any number of programs may listen at once. All datagrams leave with a hop limit of
/// 1, answers included, so nothing passes a router, nor reaches somebody who only claims to be near.
package final class MulticastSocket {
    package enum Kind: Sendable {
        case talker
        case listener
    }

    /// Interfaces that are served; more are passed over.
    private static let interfaceLimit = 64

    package let kind: Kind
    private let group: SocketAddress
    private let isIPv4: Bool
    private let descriptor: FileDescriptor
    private var batch = ReceiveBatch(slotCount: 1)

    /// - Parameter group: the group's address and port. Its family is the socket's.
    /// - Throws: also where the machine does not have the family.
    package init(_ kind: Kind, group: SocketAddress) throws(SystemError) {
        precondition(group.ip.isMulticast, "a group has a multicast address")
        self.kind = kind
        self.group = group
        isIPv4 = group.ip.isIPv4
        descriptor = try FileDescriptor("socket", csystem_socket(isIPv4, false))
        let number = descriptor.number
        if !isIPv4 { try SystemError.check("setsockopt", csystem_ipv6_only(number, true)) }
        try SystemError.check("setsockopt", csystem_multicast_confine(number, isIPv4))
        let address: SocketAddress
        switch kind {
        case .talker:
            address = SocketAddress(isIPv4 ? .anyIPv4 : .anyIPv6, port: 0)
        case .listener:
            try SystemError.check("setsockopt", csystem_multicast_share(number, isIPv4))
            // Bound to the group, so that only calls arrive. A group of one link has no address that
            // is valid on all, so with IPv6 the port has to do.
            address = isIPv4 ? group : SocketAddress(.anyIPv6, port: group.port)
        }
        var name = address.system
        try SystemError.check("bind", csystem_bind(number, isIPv4, &name))
        joinInterfaces()
    }

    /// For registration with an `EventLoop`.
    package var fileDescriptor: Int32 { descriptor.number }

    /// Has a listener hear the interfaces that came up since the last time too; to be called every
    /// few seconds.
    package func joinInterfaces() {
        guard kind == .listener else { return }
        var name = group.system
        for interface in interfaces() {
            // An interface without addresses of this family refuses; another one may do.
            _ = csystem_multicast_join(descriptor.number, isIPv4, &name, interface)
        }
    }

    /// The next datagram and its sender, or nil if there is none.
    package func receive() -> (bytes: [UInt8], source: SocketAddress)? {
        let result = batch.fill { memory, entries in
            csystem_receive(descriptor.number, memory, 65_536, 1, &entries)
        }
        // An error belongs to one destination (an ICMP message), and the next call goes on.
        guard result > 0 else { return nil }
        return (batch.storage.array(batch[0].range), batch[0].source)
    }

    /// Sends to one machine. What cannot be sent now counts as lost.
    package func send(_ bytes: [UInt8], to destination: SocketAddress) {
        guard destination.ip.isIPv4 == isIPv4 else { return }
        var name = destination.system
        _ = csystem_multicast_send(descriptor.number, isIPv4, bytes, bytes.count, &name, 0)
    }

    /// Sends to all listeners on the links of all interfaces. An interface that refuses counts as
    /// one where nobody listens.
    package func sendToGroup(_ bytes: [UInt8]) {
        var name = group.system
        for interface in interfaces() {
            _ = csystem_multicast_send(
                descriptor.number, isIPv4, bytes, bytes.count, &name, interface)
        }
    }

    private func interfaces() -> ArraySlice<UInt32> {
        var indexes = [UInt32](repeating: 0, count: Self.interfaceLimit)
        let count = csystem_multicast_interfaces(&indexes, Int32(indexes.count))
        return indexes.prefix(max(0, Int(count)))
    }
}
