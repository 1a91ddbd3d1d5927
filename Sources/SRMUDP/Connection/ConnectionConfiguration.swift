/// Everything about a connection that may be chosen, with units and defaults.
package struct ConnectionConfiguration: Sendable {
    package enum Congestion: String, Sendable, CaseIterable {
        case cubic
        case modelBased = "model"
    }

    package var congestion: Congestion = .modelBased
    /// The largest UDP payload that we try to send and, unless said otherwise, take; in bytes.
    package var maximumDatagramSize = 65_000
    /// Larger ones are taken in than are sent; nil: as large ones as are sent.
    package var largestReceivedDatagram: Int?
    /// How long a silent connection is kept, with everything in it.
    package var hold: Interval = .seconds(15 * 60)
    /// A NAT forgets a mapping after as little as 30 s; something is sent at least this often.
    package var keepAlive: Interval = .seconds(15)
    /// The longest that an ACK is held back.
    package var maximumAckDelay: Interval = .milliseconds(25)
    /// How long to wait before each repetition of an INITIATION, each time with 20 % of jitter; the
    /// last one stays. At least one.
    package var handshakeWaits: [Interval] = [
        .milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2), .seconds(4),
    ]
    /// Fresh keys by ratchet after this many packets (the limit of AES-GCM is 2^23), ...
    package var keyUpdatePackets: UInt64 = 1 << 22
    /// ... this many bytes, ...
    package var keyUpdateBytes: UInt64 = 1 << 36
    /// ... or this long.
    package var keyUpdateInterval: Interval = .seconds(600)
    /// Fresh Diffie-Hellman keys after this long.
    package var rehandshakeInterval: Interval = .seconds(3600)
    package var streams = StreamLimits()
    package var probing = ProbingConfiguration()
    /// What we call ourselves towards the peer, at most 64 bytes.
    package var label = ""
    package var usesECN = true

    package init() {}
}
