import SRMUDP

/// The ways through peers that end at this node: gives them addresses and bounds their number.
package final class RelayedLinks {
    /// Ways that peers may open towards us at a time, over all sessions.
    package static let servedLimit = 64

    /// Called when a way is gone, so that no connection counts on its address any more.
    package var whenEnded: (LinkAddress) -> Void = { _ in }

    private unowned let network: any DatagramCarrier
    private var nextNumber: UInt32 = 1
    private(set) var servedCount = 0

    package init(network: any DatagramCarrier) { self.network = network }

    /// A way that we ask the peer at the other end of the stream for; `changed` is told what comes
    /// of it.
    package func opening(
        to target: PublicKey, at place: StreamPlace,
        changed: @escaping (RelayedLink, RelayedLink.Change) -> Void
    ) -> RelayedLink {
        RelayedLink(
            .relay(to: target), isOpener: true, address: nextAddress(), network: network, at: place
        ) { [weak self] link, change in
            if case .ended = change { self?.whenEnded(link.address) }
            changed(link, change)
        }
    }

    /// Takes a way that a peer of a peer's wants to us. Nothing is granted by that but that its
    /// datagrams reach the endpoint, as they would from anywhere on the Internet.
    func serve(_ request: OpenRequest) -> ConnectOutcome {
        guard servedCount < Self.servedLimit else {
            return .refused(OpenReply(.tooManyRequests, detail: "too many relayed peers"))
        }
        servedCount += 1
        let address = nextAddress()
        let network = network
        return .taken { place in
            RelayedLink(
                request, isOpener: false, address: address, network: network, at: place
            ) { [weak self] link, _ in
                self?.servedCount -= 1
                self?.whenEnded(link.address)
            }
        }
    }

    private func nextAddress() -> LinkAddress {
        defer { nextNumber &+= 1 }
        return LinkAddress(.peer, number: nextNumber)
    }
}
