import SRMUDP

/// Keeps the UDP port of a node open in the routers of this machine, by PCP, NAT-PMP or
/// UPnP.
///
/// `start`, then `refresh` whenever the machine's addresses may have changed, and `release` before
/// the process ends. The candidates are at hand at any time; `onChange` tells that they are others.
package final class PortMappings {
    private let port: UInt16
    private let usesIPv6: Bool
    private let preferred: PortMapping.Dialect
    private let loop: EventLoop
    private let random: any RandomSource
    private let logger: Logger
    private let gateways: () -> [Gateway]
    private let onChange: ([Candidate]) -> Void
    private var links: [GatewayLink] = []
    private var hook: TurnHook?
    private var whenReleased: (() -> Void)?

    /// - Parameters:
    ///   - address: that the node's socket is bound to; an address of one family is mapped in the
    ///     router of that family alone.
    ///   - preferring: the protocol to begin with.
    ///   - gateways: the routers to ask; called by `start` and `refresh`.
    ///   - onChange: called in the turn in which it happened, with all candidates.
    package init(
        of address: SocketAddress, preferring preferred: PortMapping.Dialect = .pcp,
        loop: EventLoop, random: any RandomSource, logger: Logger,
        gateways: @escaping () -> [Gateway] = Gateway.ofThisMachine,
        onChange: @escaping ([Candidate]) -> Void
    ) {
        port = address.port
        usesIPv6 = address.ip.isIPv6
        self.preferred = preferred
        self.loop = loop
        self.random = random
        self.logger = logger
        self.gateways = gateways
        self.onChange = onChange
    }

    /// What the routers have opened.
    package var candidates: [Candidate] {
        links.compactMap { link in
            switch link.mapper.state {
            case .mapped(let mapping), .renewing(let mapping, _): mapping.candidate
            case .idle, .asking, .resting, .releasing: nil
            }
        }
    }

    /// How far it is with one router.
    package struct Outcome: Equatable {
        package let gateway: IPAddress
        /// What it forwards to us.
        package var mapping: PortMapping?
        /// Why it forwards nothing to us.
        package var failure: PortMappingFailure?

        package var isSettled: Bool { mapping != nil || failure != nil }

        /// For people.
        package var sentence: String {
            let router = "The router \(gateway)"
            if let mapping {
                return "\(router) forwards \(mapping.external) to us (\(mapping.dialect.rawValue))."
            }
            return failure.map { "\(router) forwards nothing to us: \($0)." }
                ?? "\(router) has not answered yet."
        }
    }

    /// For people: a sentence for each router.
    package var descriptions: [String] { outcomes.map(\.sentence) }

    /// One for each router.
    package var outcomes: [Outcome] {
        links.map { link in
            var outcome = Outcome(gateway: link.gateway.address)
            switch link.mapper.state {
            case .mapped(let mapping), .renewing(let mapping, _): outcome.mapping = mapping
            case .resting(let failure): outcome.failure = failure
            case .idle, .asking, .releasing: break
            }
            return outcome
        }
    }

    package func start() {
        guard hook == nil else { return }
        hook = loop.addTurnHook { [unowned self] now in endTurn(now: now) }
        refresh()
    }

    /// Looks which routers there are now. One that is gone is forgotten: what it may still hold
    /// for us runs out.
    package func refresh() {
        guard hook != nil, whenReleased == nil else { return }
        let current = gateways().filter { usesIPv6 || $0.client.isIPv4 }
        let countBefore = candidates.count
        for link in links where !current.contains(link.gateway) { link.close() }
        links.removeAll { !current.contains($0.gateway) }
        let hasLost = candidates.count != countBefore
        for gateway in current where !links.contains(where: { $0.gateway == gateway }) {
            add(gateway)
        }
        if hasLost { onChange(candidates) }
        loop.requestTurn()
    }

    /// Gives everything back, then calls `completion`: within two seconds, from the event loop, or at
    /// once where there is nothing to give back.
    package func release(_ completion: @escaping () -> Void) {
        guard !links.isEmpty else {
            stop()
            return completion()
        }
        whenReleased = completion
        for link in links { link.release(now: loop.now) }
        loop.requestTurn()
    }

    private func add(_ gateway: Gateway) {
        do throws(SystemError) {
            let link = try GatewayLink(
                gateway: gateway, internalPort: port, preferring: preferred, loop: loop,
                random: random, logger: logger)
            link.start(now: loop.now)
            links.append(link)
        } catch {
            // Next time it is tried again: the address has just come or gone.
            logger.debug("the router \(gateway.address) cannot be asked: \(error)")
        }
    }

    private func endTurn(now: Instant) -> Instant? {
        var hasChanged = false
        for link in links {
            for event in link.endTurn(now: now) {
                report(event, link.gateway)
                if case .failed = event { continue }
                hasChanged = true
            }
        }
        if whenReleased != nil {
            for link in links where link.mapper.state == .idle { link.close() }
            links.removeAll { $0.mapper.state == .idle }
        } else if hasChanged {
            onChange(candidates)
        }
        if links.isEmpty, let completion = whenReleased {
            stop()
            completion()
        }
        return links.compactMap(\.mapper.nextTimeout).min()
    }

    private func stop() {
        if let hook { loop.removeTurnHook(hook) }
        hook = nil
        whenReleased = nil
    }

    private func report(_ event: PortMapperEvent, _ gateway: Gateway) {
        let router = "the router \(gateway.address)"
        switch event {
        case .mapped(let mapping):
            logger.info(
                "\(router) forwards \(mapping.external) to us (\(mapping.dialect.rawValue))")
        case .lost(_, let failure):
            logger.warning("\(router) no longer forwards a port to us: \(failure)")
        case .failed(let failure): logger.debug("\(router) forwards no port to us: \(failure)")
        case .released(let isConfirmed):
            if !isConfirmed { logger.debug("\(router) did not confirm that it closed our port") }
        }
    }
}
