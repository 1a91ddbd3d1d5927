import SRMUDP

/// Where a client of the rendezvous server is.
package struct ClientPlace: Equatable, Sendable {
    /// Where datagrams for it go: a UDP address, or the link of its WebSocket.
    package let address: SocketAddress
    /// The address of the network that its limits are counted for.
    package let network: IPAddress
    /// What it is told of where its datagrams come from; nil in a WebSocket.
    package let observed: SocketAddress?

    /// A client that comes by UDP.
    package init(udp address: SocketAddress) {
        self.address = address
        network = address.ip
        observed = address.isDialable ? address : nil
    }

    /// A client inside a WebSocket.
    ///
    /// - Parameters:
    ///   - link: stands for the WebSocket.
    ///   - remote: the far end of its TCP connection.
    package init(link: LinkAddress, remote: IPAddress) {
        address = link.socketAddress
        network = remote
        observed = nil
    }

    package var source: SourceNetwork { SourceNetwork(network) }
}
