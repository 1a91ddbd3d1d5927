/// The relay channels of a node: each one a link, which its connections see as one more address.
///
/// To be set as the driver's handler of `DatagramKind.relayed`. What arrives under the ID of a
/// channel, from the channel's server, is unwrapped in place and given to the endpoint.
package final class RelayClient {
    /// More channels are not opened; each one holds 64 KiB.
    package static let limit = 256

    private unowned let carrier: any DatagramCarrier
    private let strayed: (RelayChannelID) -> Void
    private var channels: [RelayChannelID: Entry] = [:]
    private var nextNumber: UInt32 = 1
    package private(set) var statistics = Statistics()

    /// - Parameter strayed: is told when the server knows us at another address. The connection
    ///   with that server is to send something, at best a PING, so that the server sees where we
    ///   are. Datagrams of the channel are lost until then.
    package init(
        carrier: any DatagramCarrier, strayed: @escaping (RelayChannelID) -> Void = { _ in }
    ) {
        self.carrier = carrier
        self.strayed = strayed
    }

    package var count: Int { channels.count }

    /// The address of a channel's link; nil if there is no such channel.
    package func address(of channel: RelayChannelID) -> LinkAddress? {
        channels[channel]?.address
    }

    /// Makes a link of a channel that the server gave to us.
    ///
    /// - Parameter server: an address of a network, or that of the WebSocket to the server.
    /// - Returns: the link's address; nil if there are too many channels. A channel that is open
    ///   keeps its link.
    package func open(_ channel: RelayChannelID, server: SocketAddress) -> LinkAddress? {
        if channels[channel] != nil { return move(channel, to: server) }
        guard channels.count < Self.limit else { return nil }
        let link = RelayLink(channel: channel, server: server, carrier: carrier)
        return attach(link)
    }

    /// The connection with the server has another path now, and so have its channels.
    ///
    /// - Returns: the link's address, which is another one if UDP gave way to a WebSocket or the
    ///   other way round, because paths rank differently; nil if there is no such channel.
    @discardableResult
    package func move(_ channel: RelayChannelID, to server: SocketAddress) -> LinkAddress? {
        guard let entry = channels[channel] else { return nil }
        entry.link.server = server
        guard entry.address.kind != Self.kind(of: server) else { return entry.address }
        carrier.detach(entry.address)
        return attach(entry.link)
    }

    package func close(_ channel: RelayChannelID) {
        guard let entry = channels.removeValue(forKey: channel) else { return }
        carrier.detach(entry.address)
    }

    private func attach(_ link: RelayLink) -> LinkAddress {
        let address = LinkAddress(Self.kind(of: link.server), number: nextNumber)
        // Four thousand million channels later the first ones are long gone.
        nextNumber &+= 1
        channels[link.channel] = Entry(link: link, address: address)
        carrier.attach(link, at: address)
        return address
    }

    private static func kind(of server: SocketAddress) -> LinkAddress.Kind {
        server.ip.isLink ? .relayInWebSocket : .relay
    }

    private struct Entry {
        let link: RelayLink
        let address: LinkAddress
    }

    /// What did not reach the endpoint, in datagrams.
    package struct Statistics: Equatable, Sendable {
        package var received: UInt64 = 0
        package var unknownChannel: UInt64 = 0
        /// The ID of a channel, but not from its server.
        package var wrongSource: UInt64 = 0
        /// Too short to hold a header.
        package var malformed: UInt64 = 0
        package var strays: UInt64 = 0
    }
}

extension RelayClient: DatagramHandler {
    package func handle(
        _ datagrams: ReceivedDatagrams, in storage: inout ByteStorage,
        carrier: any DatagramCarrier, now: Instant
    ) {
        var start = datagrams.range.lowerBound
        while start < datagrams.range.upperBound {
            let end = min(start + max(datagrams.segmentSize, 1), datagrams.range.upperBound)
            handle(&storage, start..<end, of: datagrams, carrier: carrier, now: now)
            start = end
        }
    }

    private func handle(
        _ storage: inout ByteStorage, _ range: Range<Int>, of datagrams: ReceivedDatagrams,
        carrier: any DatagramCarrier, now: Instant
    ) {
        guard let channel = RelayFormat.channel(storage, range) else {
            statistics.malformed += 1
            return
        }
        guard let entry = channels[channel] else {
            statistics.unknownChannel += 1
            return
        }
        guard entry.link.server == datagrams.source else {
            statistics.wrongSource += 1
            return
        }
        let content = range.dropFirst(RelayFormat.headerLength)
        guard !content.isEmpty else {
            statistics.strays += 1
            return strayed(channel)
        }
        statistics.received += 1
        carrier.receive(
            &storage, content.startIndex..<content.endIndex, from: entry.address,
            ecn: datagrams.ecn, now: now)
    }
}
