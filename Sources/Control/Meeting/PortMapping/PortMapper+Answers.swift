import SRMUDP

// What a gateway says.
extension PortMapper {
    /// Takes a datagram; whatever is not a valid answer of the gateway is ignored.
    package mutating func handleDatagram(
        _ bytes: [UInt8], from source: SocketAddress, now: Instant
    ) {
        guard source == SocketAddress(gateway, port: Self.gatewayPort), let version = bytes.first
        else { return }
        switch version {
        case NATPMPResponse.version:
            guard let response = try? NATPMPResponse(parsing: bytes) else { return }
            handle(response, now: now)
        case PCPResponse.version:
            guard let response = try? PCPResponse(parsing: bytes) else { return }
            handle(response, now: now)
        default:
            handleOtherVersion(now: now)
        }
    }

    // MARK: PCP

    private mutating func handle(_ response: PCPResponse, now: Instant) {
        if let mapping = response.mapping {
            guard mapping.nonce == nonce, mapping.internalPort == internalPort else { return }
        }
        let hasRestarted = clock.hasRestarted(epoch: response.epoch, now: now)
        guard let mapping = response.mapping else {
            if hasRestarted { renewNow(now: now) }
            return
        }
        switch state {
        case .asking(.pcp, _):
            if response.result == 0 {
                grant(
                    mapping.external, .seconds(Int64(response.lifetime)), .pcp, now: now)
            } else {
                refuse(response, now: now)
            }
        case .renewing(let current, _) where current.dialect == .pcp:
            if response.result == 0 {
                grant(
                    mapping.external, .seconds(Int64(response.lifetime)), .pcp, now: now)
            } else {
                postponeRenewal(current, now: now)
            }
        case .releasing(.pcp, _):
            if response.lifetime == 0 || response.result != 0 {
                end(isConfirmed: response.result == 0)
            }
        case .mapped:
            if hasRestarted { renewNow(now: now) }
        case .idle, .asking, .renewing, .releasing, .resting: break
        }
    }

    private mutating func refuse(_ response: PCPResponse, now: Instant) {
        let refusal = PortMappingRefusal(pcp: response.result)
        let rest = Interval.seconds(Int64(response.lifetime))
        switch refusal {
        case .unsupportedVersion, .unsupportedOpcode:
            fallBack(from: .pcp, .refused(refusal), rest: rest, now: now)
        case .notAuthorized, .malformedRequest, .networkFailure, .noResources, .quotaExceeded,
            .cannotProvideExternal, .addressMismatch, .other:
            fail(.refused(refusal), rest: rest, now: now)
        }
    }

    /// A gateway that speaks neither version 2 nor 0 says so in its own.
    private mutating func handleOtherVersion(now: Instant) {
        guard case .asking(.pcp, _) = state else { return }
        fallBack(
            from: .pcp, .refused(.unsupportedVersion), rest: Self.restAfterSilence, now: now)
    }

    // MARK: NAT-PMP

    /// A gateway may have learned PCP and forgotten this.
    private mutating func refuse(_ refusal: PortMappingRefusal, now: Instant) {
        if refusal == .unsupportedVersion {
            fallBack(from: .natPMP, .refused(refusal), rest: Self.restAfterSilence, now: now)
        } else {
            fail(.refused(refusal), rest: Self.restAfterSilence, now: now)
        }
    }

    private mutating func handle(_ response: NATPMPResponse, now: Instant) {
        if case .asking(.pcp, _) = state {
            // This is how it says that it does not speak PCP (RFC 6886 section 3.5).
            if response.content == .failure {
                fallBack(
                    from: .pcp, .refused(.unsupportedVersion), rest: Self.restAfterSilence,
                    now: now)
            }
            return
        }
        let hasRestarted = clock.hasRestarted(epoch: response.epoch, now: now)
        switch state {
        case .asking(.natPMP, _):
            if response.content == .failure {
                refuse(PortMappingRefusal(natPMP: response.result), now: now)
            } else {
                gather(response.content, now: now)
            }
        case .renewing(let current, _) where current.dialect == .natPMP:
            if response.content == .failure {
                postponeRenewal(current, now: now)
            } else {
                gather(response.content, now: now)
            }
        case .releasing(.natPMP, _):
            endIfRemoved(response)
        case .mapped(let current) where current.dialect == .natPMP:
            let isElsewhere = response.content != .externalAddress(current.external.ip)
            if case .externalAddress = response.content, hasRestarted || isElsewhere {
                renewNow(now: now)
            }
        case .idle, .asking, .mapped, .renewing, .releasing, .resting: break
        }
    }

    /// Puts address and port together.
    private mutating func gather(_ content: NATPMPResponse.Content, now: Instant) {
        switch content {
        case .externalAddress(let address): outerAddress = address
        case .mapping(let inner, let outer, let lifetime):
            guard inner == internalPort else { return }
            outerPort = (outer, .seconds(Int64(lifetime)))
        case .failure: return
        }
        guard let outerAddress, let outerPort else { return }
        grant(
            SocketAddress(outerAddress, port: outerPort.port), outerPort.lifetime, .natPMP,
            now: now)
    }

    private mutating func endIfRemoved(_ response: NATPMPResponse) {
        switch response.content {
        case .mapping(let inner, _, 0) where inner == internalPort: end(isConfirmed: true)
        case .failure: end(isConfirmed: false)
        case .mapping, .externalAddress: break
        }
    }

    // MARK: All

    /// Judges what was granted, to a request for a new mapping or for more time.
    mutating func grant(
        _ external: SocketAddress, _ lifetime: Interval, _ dialect: PortMapping.Dialect,
        now: Instant
    ) {
        // A late answer to a removal, or nonsense: the request is still on its way.
        guard external.port != 0, lifetime > .zero else { return }
        if external.isReachableFromInternet {
            accept(external, lifetime: lifetime, dialect, now: now)
            return
        }
        transmitRemoval(dialect)
        let failure = PortMappingFailure.behindAnotherNAT(external.ip)
        if let current = currentMapping {
            lose(current, failure, now: now)
        } else {
            fail(failure, rest: Self.restAfterSilence, now: now)
        }
    }

    /// The gateway forgot us: asks at once for the same again.
    private mutating func renewNow(now: Instant) {
        guard case .mapped(let mapping) = state else { return }
        renew(mapping, attempt: 1, now: now)
    }
}

extension SocketAddress {
    /// Not an address of some private or provider's network.
    var isReachableFromInternet: Bool {
        isDialable && !ip.isPrivate && !ip.isSharedCarrier && !ip.isLoopback && !ip.isLinkLocal
    }
}
