import SRMUDP

/// A relay's channel between two hosts: what one sends to its link address comes to the other from
/// that one's link address.
package final class SimulatedRelay {
    package struct Attachment: Hashable {
        package let host: HostID
        package let address: SocketAddress

        package init(host: HostID, address: SocketAddress) {
            self.host = host
            self.address = address
        }
    }

    package let attachments: [Attachment]
    private var links: [SimulatedLink]
    /// While this is false everything that is sent to it is lost.
    package var isAlive = true
    package private(set) var bytesCarried = 0

    package init(_ one: Attachment, _ two: Attachment, conditions: LinkConditions) {
        attachments = [one, two]
        links = [SimulatedLink(conditions), SimulatedLink(conditions)]
    }

    package func changeConditions(_ change: (inout LinkConditions) -> Void) {
        for index in links.indices { change(&links[index].conditions) }
    }

    /// Where and when `datagram` arrives, which `host` sent to its link address.
    func send(
        _ datagram: SimulatedDatagram, from host: HostID, now: Instant, random: SeededRandomSource
    ) -> [(host: HostID, arrival: SimulatedLink.Arrival)]? {
        let sender = Attachment(host: host, address: datagram.destination)
        guard let index = attachments.firstIndex(of: sender) else { return nil }
        guard isAlive else { return [] }
        bytesCarried += datagram.bytes.count
        let receiver = attachments[1 - index]
        var datagram = datagram
        datagram.source = receiver.address
        datagram.ecn = 0
        return links[index].send(datagram, now: now, random: random)
            .map { (receiver.host, $0) }
    }
}
