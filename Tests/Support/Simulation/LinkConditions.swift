import SRMUDP

/// How one direction of a simulated link treats datagrams. Probabilities are 0...1.
package struct LinkConditions: Sendable, CustomStringConvertible {
    /// Propagation time that every datagram needs.
    package var delay: Interval = .milliseconds(10)
    /// Mean of an exponential extra delay, cut at two seconds.
    package var jitter: Interval = .zero
    /// Whether jitter delays those behind, as a queue does, instead of letting them overtake.
    package var keepsOrder = true
    package var loss = 0.0
    /// Probability that a datagram begins a burst of 1...40 losses in a row.
    package var burstLoss = 0.0
    package var duplication = 0.0
    /// Probability that a datagram is held back by up to 500 ms.
    package var reordering = 0.0
    /// Probability that 1...8 bits flip.
    package var corruption = 0.0
    /// Probability that the end of a datagram is missing.
    package var truncation = 0.0
    /// Larger UDP payloads vanish, as on a path whose "packet too big" messages are filtered.
    package var maximumDatagramSize = 65_507
    /// Bytes per second of the bottleneck; nil is a link without one.
    package var rate: Int?
    /// Bytes that may wait at the bottleneck.
    package var queueLimit = 256 * 1024
    /// Whether the bottleneck marks instead of dropping from half its queue on (RFC 3168).
    package var marksCongestion = false
    /// Nothing arrives.
    package var isBlackout = false

    package static let reordered: Interval = .milliseconds(500)
    package static let longestJitter: Interval = .seconds(2)
    package static let longestBurst: UInt64 = 40

    package init() {}

    package static func delay(_ delay: Interval) -> LinkConditions {
        var conditions = LinkConditions()
        conditions.delay = delay
        return conditions
    }

    /// Draws each kind of fault independently; about half of the kinds are present in one draw.
    package static func random(using random: SeededRandomSource) -> LinkConditions {
        var conditions = LinkConditions()
        conditions.delay = .microseconds(Int64(random.next(below: 120_000)))
        if random.flip() { conditions.jitter = .microseconds(Int64(random.next(below: 100_000))) }
        conditions.keepsOrder = random.flip()
        if random.flip() { conditions.loss = 0.3 * random.fraction() * random.fraction() }
        if random.flip(0.3) { conditions.burstLoss = 0.01 * random.fraction() }
        if random.flip() { conditions.duplication = 0.5 * random.fraction() }
        if random.flip() { conditions.reordering = 0.3 * random.fraction() }
        if random.flip() { conditions.corruption = 0.1 * random.fraction() }
        if random.flip(0.3) { conditions.truncation = 0.05 * random.fraction() }
        if random.flip() { conditions.maximumDatagramSize = 1200 + Int(random.next(below: 301)) }
        if random.flip(0.3) {
            conditions.rate = 20_000 + Int(random.next(below: 2_000_000))
            conditions.queueLimit = 8_000 + Int(random.next(below: 120_000))
            conditions.marksCongestion = random.flip()
        }
        return conditions
    }

    package var description: String {
        var parts = ["delay \(delay.milliseconds) ms"]
        if jitter > .zero { parts.append("jitter \(jitter.milliseconds) ms") }
        if !keepsOrder { parts.append("overtaking") }
        let probabilities = [
            ("loss", loss), ("burst", burstLoss), ("duplication", duplication),
            ("reordering", reordering), ("corruption", corruption), ("truncation", truncation),
        ]
        for (name, probability) in probabilities where probability > 0 {
            parts.append("\(name) \(probability)")
        }
        if maximumDatagramSize < 65_507 { parts.append("mtu \(maximumDatagramSize)") }
        if let rate { parts.append("rate \(rate) B/s queue \(queueLimit) B") }
        if isBlackout { parts.append("blackout") }
        return parts.joined(separator: ", ")
    }
}

extension SeededRandomSource {
    /// 0..<1
    package func fraction() -> Double { Double(next() >> 11) / Double(1 << 53) }

    package func flip(_ probability: Double = 0.5) -> Bool {
        probability > 0 && fraction() < probability
    }

    package func next(below bound: UInt64) -> UInt64 {
        precondition(bound > 0, "a random number needs a bound above zero")
        return next() % bound
    }
}
