import SRMUDP

// What comes of requests by UPnP.
extension PortMapper {
    /// Takes the answer to the oldest request of `pollRequest` that had none.
    package mutating func handleAnswer(_ answer: UPnPAnswer, now: Instant) {
        switch state {
        case .asking(.upnp, _):
            switch answer {
            case .mapped(let external, let lifetime):
                grant(external, lifetime, .upnp, now: now)
            case .failed(let failure):
                hasUPnP = failure != .noLibrary
                fallBack(from: .upnp, failure, rest: Self.restAfterSilence, now: now)
            case .removed: break
            }
        case .renewing(let current, _) where current.dialect == .upnp:
            switch answer {
            case .mapped(let external, let lifetime):
                grant(external, lifetime, .upnp, now: now)
            case .failed(.behindAnotherNAT(let address)):
                transmitRemoval(.upnp)
                lose(current, .behindAnotherNAT(address), now: now)
            case .failed: postponeRenewal(current, now: now)
            case .removed: break
            }
        case .releasing(.upnp, _):
            switch answer {
            case .removed: end(isConfirmed: true)
            case .failed: end(isConfirmed: false)
            // The removal follows.
            case .mapped: break
            }
        case .idle, .asking, .mapped, .renewing, .resting, .releasing: break
        }
    }

    /// The port that was asked for last, and a few others for the case that somebody has it.
    var outerPorts: [UInt16] {
        [suggestion.port]
            + (0..<Self.otherPortCount).map { _ in
                Self.firstOtherPort
                    + UInt16(random.next(below: UInt64(UInt16.max - Self.firstOtherPort)))
            }
    }

    private static let otherPortCount = 3
    private static let firstOtherPort: UInt16 = 20_000
}
