import SRMUDP

/// Keeps a way to a peer open through another one (`-J`), in each session with that other one.
///
/// When the way is refused or ends while the session lives, it is asked for again after a while.
package final class RelayedRoute {
    package enum Change {
        /// Datagrams to the peer may be sent to this address.
        case up(LinkAddress)
        /// Nothing that is sent there arrives any more.
        case down(LinkAddress)
        case refused(OpenReply)
    }

    /// How long after a failure the way is asked for again; doubled each time until it opens.
    private static let retryIntervals: ClosedRange<Interval> = .seconds(1)...(.seconds(8))

    package let target: PublicKey
    package let origin = ForwardOrigin()
    /// The way in use.
    package var address: LinkAddress? {
        guard let link, link.isConnected else { return nil }
        return link.address
    }

    private let loop: EventLoop
    private let links: RelayedLinks
    private let changed: (Change) -> Void
    private var session: ForwardingSession?
    private weak var link: RelayedLink?
    private var retryTimer: TimerID?
    private var retryInterval = retryIntervals.lowerBound

    package init(
        to target: PublicKey, loop: EventLoop, links: RelayedLinks,
        changed: @escaping (Change) -> Void
    ) {
        self.target = target
        self.loop = loop
        self.links = links
        self.changed = changed
    }

    private func open() {
        guard let session, session.isOpen else { return }
        let isOpened = session.open(from: origin) { [links, target] place in
            let link = links.opening(to: target, at: place) { [weak self] in
                self?.handle($0, $1)
            }
            self.link = link
            return link
        }
        if !isOpened { retry() }
    }

    private func handle(_ link: RelayedLink, _ change: RelayedLink.Change) {
        guard link === self.link else { return }
        switch change {
        case .open:
            retryInterval = Self.retryIntervals.lowerBound
            changed(.up(link.address))
        case .refused(let reply):
            changed(.refused(reply))
            retry()
        case .ended:
            changed(.down(link.address))
            retry()
        }
    }

    private func retry() {
        guard session != nil, retryTimer == nil else { return }
        retryTimer = loop.schedule(after: retryInterval) { [weak self] in
            self?.retryTimer = nil
            self?.open()
        }
        retryInterval = min(retryInterval * 2, Self.retryIntervals.upperBound)
    }
}

extension RelayedRoute: Forward {
    package func attach(_ session: ForwardingSession?) {
        // The link of the session before has ended with it, or ends now.
        self.session = nil
        link?.close()
        if let retryTimer { loop.cancel(retryTimer) }
        retryTimer = nil
        self.session = session
        open()
    }

    package func close() { attach(nil) }
}
