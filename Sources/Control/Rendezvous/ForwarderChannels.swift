import SRMUDP

/// The channels of the relay that forwards for a rendezvous server.
final class ForwarderChannels: RelayChannels {
    private let forwarder: RelayForwarder

    init(forwarder: RelayForwarder) { self.forwarder = forwarder }

    func reserve(
        at address: SocketAddress, network: IPAddress, now: Instant
    ) -> RelayChannelID? {
        do throws(RelayError) {
            return try forwarder.table.attach(at: address, source: network, now: now)
        } catch {
            return nil
        }
    }

    func join(_ first: RelayChannelID, _ second: RelayChannelID, now: Instant) {
        do throws(RelayError) {
            try forwarder.table.join(first, second, now: now)
        } catch {
            // Each side may have expired; its owner is told of that anyway.
            return
        }
    }

    func move(_ channel: RelayChannelID, to address: SocketAddress, now: Instant) {
        forwarder.table.move(channel, to: address)
    }

    func release(_ channel: RelayChannelID) { forwarder.table.detach(channel) }
}
