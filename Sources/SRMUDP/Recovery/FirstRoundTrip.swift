/// How long a message, which may have been sent again, took to be answered: what is known of a round
/// trip before there is a sample of data.
struct FirstRoundTrip {
    private let sentAt: Instant
    private var isRepeated = false

    /// The message leaves.
    init(sentAt: Instant) { self.sentAt = sentAt }

    /// The same message leaves again.
    mutating func repeatMessage() { isRepeated = true }

    /// The answer came. Which of two messages was answered cannot be told (RFC 6298, section 3), but
    /// the round trip is no longer than this; where it may be as long as what is assumed without a
    /// sample, that stands.
    func sample(now: Instant) -> Interval? {
        let bound = now - sentAt
        return isRepeated && bound >= RTTEstimator.initialRTT ? nil : bound
    }
}
