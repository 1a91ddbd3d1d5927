/// A server's answers to probes and to requests for its key.
///
/// Who asks is not known yet, so that an answer is never longer than its request, and answers are
/// limited for each source and in all.
package struct ProbeResponder: ~Copyable {
    /// The port at which a request arrived, or from which an answer leaves.
    package enum Port: Sendable {
        case main, other
    }

    package struct Answer: Equatable, Sendable {
        package let datagram: [UInt8]
        package let port: Port
    }

    package struct Statistics: Equatable, Sendable {
        package var probesAnswered: UInt64 = 0
        package var keysTold: UInt64 = 0
        /// Beyond what a source, or all together, may ask.
        package var limited: UInt64 = 0
        /// Not well formed, or not to be answered where it came from.
        package var ignored: UInt64 = 0
    }

    private let key: PublicKey
    private let mainPort: UInt16
    private let otherPort: UInt16?
    private var sources = SourceLimiter(rate: 20, burst: 20)
    private var total: TokenBucket
    package private(set) var statistics = Statistics()

    /// - Parameters:
    ///   - key: the server's static key.
    ///   - mainPort: where the server is met.
    ///   - otherPort: another one of the same addresses, which is needed to tell kinds of NAT apart.
    package init(key: PublicKey, mainPort: UInt16, otherPort: UInt16?, now: Instant) {
        self.key = key
        self.mainPort = mainPort
        self.otherPort = otherPort
        total = TokenBucket(rate: 5_000, burst: 500, now: now)
    }

    /// The answer to a datagram, which goes to `source`; nil if there is none.
    package mutating func answer(
        _ datagram: [UInt8], from source: SocketAddress, at port: Port, now: Instant
    ) -> Answer? {
        if let request = KeyRequest(datagram) {
            guard admit(source, now: now) else { return nil }
            statistics.keysTold += 1
            return Answer(
                datagram: KeyAnswer(nonce: request.nonce, key: key).encoded, port: port)
        }
        // Where a link's datagrams come from is nobody else's business.
        guard let request = ProbeRequest(datagram), !source.ip.isLink,
            !request.wantsOtherPort || otherPort != nil
        else {
            statistics.ignored += 1
            return nil
        }
        guard admit(source, now: now) else { return nil }
        statistics.probesAnswered += 1
        let answer = ProbeAnswer(
            transaction: request.transaction, observed: source,
            otherPort: port == .main ? otherPort : mainPort)
        return Answer(
            datagram: answer.encoded,
            port: request.wantsOtherPort == (port == .main) ? .other : .main)
    }

    private mutating func admit(_ source: SocketAddress, now: Instant) -> Bool {
        // In this order one source cannot use up what is for all.
        guard sources.admit(SourceNetwork(source.ip), now: now), total.take(now: now) else {
            statistics.limited += 1
            return false
        }
        return true
    }
}
