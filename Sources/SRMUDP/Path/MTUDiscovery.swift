/// Finds the largest datagram that a path carries (DPLPMTUD, RFC 8899).
///
/// Sizes are bytes of UDP payload. Probes are padded packets of the size in question; the next
/// larger usual size is tried first, and where it fails, the space in between is halved. Only an
/// acknowledged probe makes `current` grow. It falls back to the minimum when full-size packets
/// vanish while smaller ones arrive: routes change, and not every router says so.
package struct MTUDiscovery: Sendable {
    package static let minimumSize = 1_200
    package static let largestSize = 65_000
    /// IPv6 and IPv4 over Ethernet, jumbo frames, and what the loopback interface carries.
    private static let usualSizes = [1_452, 1_472, 8_952, 16_000, 32_000, largestSize]
    private static let attemptsPerSize = 3
    /// Full-size packets lost in a row before the path is suspected.
    private static let blackHoleLosses = 6
    private static let blackHoleTimeouts = 3
    private static let raiseInterval = Interval.seconds(600)
    private static let outageInterval = Interval.seconds(5)

    package enum State: Equatable, Sendable {
        /// Larger sizes are being tried. `failed` is the smallest size known not to pass.
        case searching(failed: Int)
        /// The size is settled until then.
        case complete(until: Instant)
    }

    package private(set) var state: State
    /// The size that packets may have now.
    package private(set) var current = Self.minimumSize
    /// The most that both ends can handle.
    private let ceiling: Int
    private var probeInFlight: Int?
    private var attempts = 0
    private var fullSizeLosses = 0
    private var largestFullSizeAcked: UInt64 = 0

    /// `peerLimit` and `localLimit` are the largest datagrams that the two ends accept.
    package init(peerLimit: Int, localLimit: Int) {
        ceiling = max(Self.minimumSize, min(peerLimit, localLimit, Self.largestSize))
        state = .searching(failed: ceiling + 1)
    }

    /// The size of the probe to send now; nil if none is due, or one is on its way.
    package mutating func probeSize(now: Instant) -> Int? {
        switch state {
        case .complete(let until):
            guard now >= until, current < ceiling else { return nil }
            startSearch()
            return probeSize(now: now)
        case .searching(let failed):
            guard probeInFlight == nil else { return nil }
            if let candidate = candidate(below: failed) { return candidate }
            state = .complete(until: now + Self.raiseInterval)
            return nil
        }
    }

    package mutating func probeSent(_ size: Int) { probeInFlight = size }

    package mutating func probeAcked(_ size: Int) {
        if probeInFlight == size { probeInFlight = nil }
        guard size > current, size <= ceiling else { return }
        current = size
        attempts = 0
        fullSizeLosses = 0
    }

    package mutating func probeLost(_ size: Int) {
        guard probeInFlight == size else { return }
        probeInFlight = nil
        attempts += 1
        guard attempts >= Self.attemptsPerSize else { return }
        tooLarge(size)
    }

    /// The kernel refused the size (EMSGSIZE): no need to try again.
    package mutating func tooLarge(_ size: Int) {
        if probeInFlight == size { probeInFlight = nil }
        attempts = 0
        if size <= current { fallBack() }
        switch state {
        case .searching(let failed): state = .searching(failed: min(failed, size))
        case .complete: break
        }
    }

    /// A packet that was no probe arrived.
    package mutating func packetAcked(_ size: Int, packetNumber: UInt64) {
        guard isFullSize(size) else { return }
        largestFullSizeAcked = max(largestFullSizeAcked, packetNumber)
        fullSizeLosses = 0
    }

    /// A packet that was no probe was lost; says whether `current` has fallen because of it.
    ///
    /// Where a queue overflows, many full-size packets vanish in a row, but later ones arrive. Only
    /// losses that no full-size packet has outlived count. So the acknowledged packets of an ACK
    /// frame are to be told before the lost ones.
    package mutating func packetLost(_ size: Int, packetNumber: UInt64, now: Instant) -> Bool {
        guard isFullSize(size), size <= current, packetNumber > largestFullSizeAcked else {
            return false
        }
        fullSizeLosses += 1
        guard fullSizeLosses >= Self.blackHoleLosses else { return false }
        // Small packets pass: something between the minimum and this size is the limit now.
        let failed = current
        fallBack()
        state = .searching(failed: failed)
        return true
    }

    /// `count` probe timeouts passed in a row; says whether `current` has fallen because of it.
    package mutating func probeTimeoutFired(count: Int, now: Instant) -> Bool {
        guard count >= Self.blackHoleTimeouts, current > Self.minimumSize else { return false }
        // Most likely nothing passes at all for a while, and the size has no part in it.
        fallBack()
        state = .complete(until: now + Self.outageInterval)
        return true
    }

    /// The path leads elsewhere now: what was learnt is void.
    package mutating func pathChanged() {
        current = Self.minimumSize
        probeInFlight = nil
        startSearch()
    }

    private mutating func startSearch() {
        state = .searching(failed: ceiling + 1)
        attempts = 0
        fullSizeLosses = 0
    }

    private mutating func fallBack() {
        current = Self.minimumSize
        fullSizeLosses = 0
        attempts = 0
        probeInFlight = nil
    }

    private func isFullSize(_ size: Int) -> Bool {
        size > Self.minimumSize && size >= current - current / 8
    }

    /// The size to try next, larger than `current` and smaller than what failed.
    private func candidate(below failed: Int) -> Int? {
        let usual = Self.usualSizes.first { $0 > current } ?? ceiling
        let step = min(usual, ceiling)
        if step < failed, step > current { return step }
        // A gain of a hundredth is not worth the probes.
        let resolution = max(16, current / 100)
        guard failed - current > resolution else { return nil }
        return current + (failed - current) / 2
    }
}
