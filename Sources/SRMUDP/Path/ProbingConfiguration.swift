/// How eagerly other ways to the peer are looked for.
package struct ProbingConfiguration: Equatable, Sendable {
    /// Between two probes, to whomever (RFC 8445 section 14.2, Ta).
    package var pace: Interval = .milliseconds(50)
    /// How long a round lasts in which every address is tried again and again: most NATs open on
    /// the second datagram, the first one having left our side and been dropped at the other.
    package var roundLength: Interval = .seconds(5)
    /// The wait before each repetition within a round; the last one stays.
    package var repetitions: [Interval] = [
        .milliseconds(200), .milliseconds(300), .milliseconds(500),
    ]
    /// The wait before the next round as long as no direct path is in use; the last one stays. These
    /// rounds are short: a probe and its repetition to each address.
    package var pauses: [Interval] = [
        .seconds(10), .seconds(30), .seconds(60), .seconds(120), .seconds(300), .seconds(600),
    ]
    /// The most probes in one round; also the most ports that are guessed in one go.
    package var probesPerRound = 1_024
    /// The most probes in the life of a connection.
    package var probesInAll = 100_000

    package init() {}
}
