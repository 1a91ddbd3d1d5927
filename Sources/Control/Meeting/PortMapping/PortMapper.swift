import SRMUDP

/// Asks one gateway to forward a UDP port to us, and keeps it forwarded until it is released.
///
/// PCP, NAT-PMP and UPnP are tried in this order, after the one that was spoken before.
///
///     idle --start--> asking PCP --no answer, not spoken--> asking NAT-PMP, UPnP --no--> resting
///                         |  granted                            |                          |
///                         +--------------> mapped <-------------+         after a while: asking PCP
///     mapped --half its life is over, the gateway restarted--> renewing --> mapped
///     renewing --until it has expired--> asking PCP
///     asking UPnP, mapped, renewing --release--> releasing --confirmed, or not in time--> idle
///
/// It does no I/O: `handleDatagram`, `handleAnswer`, `handleTimeout` and `release` go in,
/// `pollTransmit` (to the gateway's port 5351), `pollRequest` (by UPnP), `pollEvent` and `nextTimeout`
/// come out. PCP is RFC 6887, NAT-PMP RFC 6886.
///
/// These two let a client wait 3 s for a first answer. We ask three times within two seconds: who is to
/// answer is one hop away, and a user waits. They share a port, and who speaks only one of them says so
/// to the other: where the first gets no answer at all, the second is asked once.
package struct PortMapper {
    package enum State: Equatable, Sendable {
        case idle
        /// No answer yet to as many requests.
        case asking(PortMapping.Dialect, attempt: Int)
        case mapped(PortMapping)
        /// Still mapped; no answer yet to as many requests for more time.
        case renewing(PortMapping, attempt: Int)
        /// Not mapped; asks again at the next timeout.
        case resting(PortMappingFailure)
        /// No answer yet to as many requests to remove it.
        case releasing(PortMapping.Dialect, attempt: Int)
    }

    /// The port of PCP and NAT-PMP.
    package static let gatewayPort: UInt16 = 5351

    static let attemptLimit = 3
    static let firstPatience: Interval = .milliseconds(250)
    /// With the other protocol of a port where the first one got no answer.
    static let patienceWithSecond: Interval = .milliseconds(500)
    /// Wished for. A gateway may grant less, and more is not relied upon.
    static let lifetime: Interval = .seconds(7200)
    static let longestLifetime: Interval = .seconds(24 * 3600)
    /// Between questions for the epoch, by which a restart of the gateway is noticed.
    static let checkInterval: Interval = .seconds(120)
    /// UPnP tells of no restart, so it is asked for more time more often.
    static let longestTermOfUPnP: Interval = .seconds(600)
    /// A search and some exchanges over TCP; what happens there has times of its own.
    static let patienceWithUPnP: Interval = .seconds(30)
    static let patienceWithRemovalByUPnP: Interval = .seconds(2)
    static let restAfterSilence: Interval = .seconds(600)
    static let shortestRest: Interval = .seconds(60)
    static let longestRest: Interval = .seconds(3600)

    package internal(set) var state = State.idle
    let gateway: IPAddress
    /// Our address as the gateway sees it.
    let client: IPAddress
    let internalPort: UInt16
    /// In the order in which they are tried.
    let dialects: [PortMapping.Dialect]
    let nonce: [UInt8]
    /// What was assigned last is asked for again: peers know it.
    var suggestion: SocketAddress
    var clock = GatewayClock()
    /// NAT-PMP tells the address and the port in two answers.
    var outerAddress: IPAddress?
    var outerPort: (port: UInt16, lifetime: Interval)?
    var renewal = Instant.distantFuture
    /// Whether there is something here that speaks UPnP, as far as is known.
    var hasUPnP = true
    /// Since we began to ask, nobody has answered at the port of PCP and NAT-PMP.
    private var isPortSilent = false

    private var deadline = Instant.distantFuture
    private var transmits: [[UInt8]] = []
    private var requests: [UPnPRequest] = []
    private var events: [PortMapperEvent] = []
    let random: any RandomSource

    /// - Parameters:
    ///   - client: the address that datagrams to the gateway are sent from.
    ///   - internalPort: the UDP port to be mapped.
    ///   - preferring: what the gateway spoke the last time. For IPv6 there is PCP only.
    package init(
        gateway: IPAddress, client: IPAddress, internalPort: UInt16,
        preferring preferred: PortMapping.Dialect = .pcp, random: any RandomSource
    ) {
        self.gateway = gateway
        self.client = client
        self.internalPort = internalPort
        let others = PortMapping.Dialect.allCases.filter { $0 != preferred }
        dialects = client.isIPv4 ? [preferred] + others : [.pcp]
        self.random = random
        nonce = random.bytes(count: PCPMapping.nonceLength)
        suggestion = SocketAddress(client.isIPv4 ? .anyIPv4 : .anyIPv6, port: internalPort)
    }

    // MARK: Inputs

    package mutating func start(now: Instant) {
        guard case .idle = state else { return }
        ask(dialects[0], attempt: 1, now: now)
    }

    package mutating func handleTimeout(now: Instant) {
        guard now >= deadline else { return }
        switch state {
        case .idle: deadline = .distantFuture
        case .asking(let dialect, let attempt): askAgain(dialect, attempt: attempt, now: now)
        case .mapped(let mapping):
            if now >= renewal {
                renew(mapping, attempt: 1, now: now)
            } else {
                check(mapping, now: now)
            }
        case .renewing(let mapping, let attempt):
            renewAgain(mapping, attempt: attempt, now: now)
        case .resting: ask(dialects[0], attempt: 1, now: now)
        case .releasing(let dialect, let attempt):
            if attempt < Self.attemptLimit - 1, dialect != .upnp {
                release(dialect, attempt: attempt + 1, now: now)
            } else {
                end(isConfirmed: false)
            }
        }
    }

    /// Gives the mapping back; `.released` says when that is done, at most two seconds later.
    package mutating func release(now: Instant) {
        switch state {
        case .mapped(let mapping), .renewing(let mapping, _):
            release(mapping.dialect, attempt: 1, now: now)
        case .asking(.upnp, _): release(.upnp, attempt: 1, now: now)
        case .asking(let dialect, _):
            // It may be granted already. Nobody waits for the answer to this.
            transmits = []
            transmitRemoval(dialect)
            end(isConfirmed: false)
        case .idle, .resting: end(isConfirmed: true)
        case .releasing: break
        }
    }

    // MARK: Outputs

    package var nextTimeout: Instant? { deadline == .distantFuture ? nil : deadline }

    /// The next datagram for the gateway.
    package mutating func pollTransmit() -> [UInt8]? {
        transmits.isEmpty ? nil : transmits.removeFirst()
    }

    /// The next thing to do by UPnP.
    package mutating func pollRequest() -> UPnPRequest? {
        requests.isEmpty ? nil : requests.removeFirst()
    }

    package mutating func pollEvent() -> PortMapperEvent? {
        events.isEmpty ? nil : events.removeFirst()
    }

    // MARK: Asking

    mutating func ask(_ dialect: PortMapping.Dialect, attempt: Int, now: Instant) {
        if attempt == 1 {
            forgetParts()
            if dialect == dialects[0] { isPortSilent = false }
        }
        state = .asking(dialect, attempt: attempt)
        transmitRequests(dialect)
        switch dialect {
        case .upnp: deadline = now + Self.patienceWithUPnP
        case .pcp, .natPMP:
            deadline = now + (isPortSilent ? Self.patienceWithSecond : patience(attempt))
        }
    }

    private mutating func askAgain(
        _ dialect: PortMapping.Dialect, attempt: Int, now: Instant
    ) {
        if attempt < (isPortSilent ? 1 : Self.attemptLimit), dialect != .upnp {
            ask(dialect, attempt: attempt + 1, now: now)
        } else {
            if dialect != .upnp { isPortSilent = true }
            fallBack(from: dialect, .noAnswer, rest: Self.restAfterSilence, now: now)
        }
    }

    /// Tries the next protocol; after the last one rests.
    mutating func fallBack(
        from dialect: PortMapping.Dialect, _ failure: PortMappingFailure, rest pause: Interval,
        now: Instant
    ) {
        let untried = dialects.drop { $0 != dialect }.dropFirst()
        guard let next = untried.first else { return fail(failure, rest: pause, now: now) }
        ask(next, attempt: 1, now: now)
    }

    mutating func fail(_ failure: PortMappingFailure, rest: Interval, now: Instant) {
        let failure = failure == .noAnswer && !hasUPnP ? .noLibrary : failure
        state = .resting(failure)
        deadline = now + min(max(rest, Self.shortestRest), Self.longestRest)
        events.append(.failed(failure))
    }

    // MARK: Keeping

    /// The gateway has granted `external` for `lifetime`.
    mutating func accept(
        _ external: SocketAddress, lifetime: Interval, _ dialect: PortMapping.Dialect, now: Instant
    ) {
        let lifetime = min(lifetime, Self.longestLifetime)
        let before = currentMapping
        let mapping = PortMapping(dialect: dialect, external: external, expiry: now + lifetime)
        suggestion = external
        // Half its life, and up to an eighth more, so that machines do not keep step.
        let term = dialect == .upnp ? min(lifetime / 2, Self.longestTermOfUPnP) : lifetime / 2
        let spread = UInt64(max(term.nanoseconds / 4, 1))
        renewal = now + term + .nanoseconds(Int64(random.next(below: spread)))
        keep(mapping, now: now)
        if before?.external != external { events.append(.mapped(mapping)) }
    }

    private mutating func keep(_ mapping: PortMapping, now: Instant) {
        state = .mapped(mapping)
        deadline = min(renewal, now + Self.checkInterval)
    }

    /// Asks for the epoch. Whether that is answered decides nothing.
    private mutating func check(_ mapping: PortMapping, now: Instant) {
        switch mapping.dialect {
        case .pcp: transmits.append(PCPRequest.announce(client: client).encoded)
        case .natPMP: transmits.append(NATPMPRequest.externalAddress.encoded)
        case .upnp: break
        }
        deadline = min(renewal, now + Self.checkInterval)
    }

    mutating func renew(_ mapping: PortMapping, attempt: Int, now: Instant) {
        if attempt == 1 { forgetParts() }
        state = .renewing(mapping, attempt: attempt)
        transmitRequests(mapping.dialect)
        let isUPnP = mapping.dialect == .upnp
        deadline = now + (isUPnP ? Self.patienceWithUPnP : patience(attempt))
    }

    private mutating func renewAgain(_ mapping: PortMapping, attempt: Int, now: Instant) {
        if now < mapping.expiry, attempt < Self.attemptLimit, mapping.dialect != .upnp {
            renew(mapping, attempt: attempt + 1, now: now)
        } else {
            postponeRenewal(mapping, now: now)
        }
    }

    /// Tries again after half of the time that is left, at last when there is none (RFC 6887
    /// section 11.2.1). Then the mapping is lost.
    mutating func postponeRenewal(_ mapping: PortMapping, now: Instant) {
        guard now < mapping.expiry else { return lose(mapping, .expired, now: now) }
        let left = max(mapping.expiry - now, .zero)
        renewal = left > .seconds(8) ? now + left / 2 : mapping.expiry
        keep(mapping, now: now)
    }

    mutating func lose(_ mapping: PortMapping, _ failure: PortMappingFailure, now: Instant) {
        events.append(.lost(mapping, failure))
        ask(dialects[0], attempt: 1, now: now)
    }

    // MARK: Giving back

    private mutating func release(
        _ dialect: PortMapping.Dialect, attempt: Int, now: Instant
    ) {
        state = .releasing(dialect, attempt: attempt)
        transmitRemoval(dialect)
        deadline =
            now + (dialect == .upnp ? Self.patienceWithRemovalByUPnP : patience(attempt))
    }

    mutating func end(isConfirmed: Bool) {
        state = .idle
        deadline = .distantFuture
        events.append(.released(isConfirmed: isConfirmed))
    }

    // MARK: Messages

    private mutating func transmitRequests(_ dialect: PortMapping.Dialect) {
        let seconds = UInt32(Self.lifetime.nanoseconds / Interval.seconds(1).nanoseconds)
        switch dialect {
        case .pcp:
            let mapping = PCPMapping(
                nonce: nonce, internalPort: internalPort, external: suggestion)
            transmits.append(
                PCPRequest.map(mapping, client: client, lifetime: seconds).encoded)
        case .natPMP:
            if outerAddress == nil { transmits.append(NATPMPRequest.externalAddress.encoded) }
            if outerPort == nil {
                let request = NATPMPRequest.map(
                    internalPort: internalPort, suggestedPort: suggestion.port, lifetime: seconds)
                transmits.append(request.encoded)
            }
        case .upnp: requests.append(.map(outerPorts: outerPorts, lifetime: Self.lifetime))
        }
    }

    /// Whether anybody waits for the answer is another question.
    mutating func transmitRemoval(_ dialect: PortMapping.Dialect) {
        switch dialect {
        case .pcp:
            let nowhere = SocketAddress(client.isIPv4 ? .anyIPv4 : .anyIPv6, port: 0)
            let mapping = PCPMapping(
                nonce: nonce, internalPort: internalPort, external: nowhere)
            transmits.append(PCPRequest.map(mapping, client: client, lifetime: 0).encoded)
        case .natPMP:
            let request = NATPMPRequest.map(
                internalPort: internalPort, suggestedPort: 0, lifetime: 0)
            transmits.append(request.encoded)
        case .upnp: requests.append(.remove)
        }
    }

    private mutating func forgetParts() {
        outerAddress = nil
        outerPort = nil
    }

    private func patience(_ attempt: Int) -> Interval {
        Self.firstPatience * (1 << Int64(attempt - 1))
    }

    var currentMapping: PortMapping? {
        switch state {
        case .mapped(let mapping), .renewing(let mapping, _): mapping
        case .idle, .asking, .resting, .releasing: nil
        }
    }
}
