import SRMUDP

/// How much a rendezvous server lets its clients have, and how long it waits for them.
package struct RendezvousLimits: Sendable {
    /// Clients in all and of one source; more are turned away.
    package var clients = 10_000
    package var clientsPerSource = 256
    /// Who has not said HELLO by then is dropped.
    package var helloTime: Interval = .seconds(10)
    /// Messages of a client, of any type: so many at once, then one in each interval.
    package var messageBurst: Int64 = 200
    package var messageInterval: Interval = .milliseconds(20)

    /// Calls of a key: so many at once, then one in each interval.
    package var callBurst: Int64 = 20
    package var callInterval: Interval = .seconds(3)
    /// When the callee must have answered.
    package var answerTime: Interval = .seconds(5)
    /// After this long without an answer another process of the callee is asked as well.
    package var ringInterval: Interval = .milliseconds(1_500)
    /// Processes of a callee that are asked.
    package var ringLimit = 4

    /// When both sides must be attached, from the making of the token.
    package var tokenTime: Interval = .seconds(10)
    package var waitingTokensPerSource = 32
    /// Channels in all, and sides of channels of one source.
    package var channels = 4_096
    package var channelSidesPerSource = 64

    /// Claims of a source: so many at once, then one in each interval.
    package var claimBurst: Int64 = 10
    package var claimInterval: Interval = .seconds(6)
    package var openNameplates = 10_000
    package var openNameplatesPerSource = 128
    /// Joiners of a code beyond those that it is good for; the next one burns it.
    package var extraParties = 2
    /// Messages between the issuer and one joiner.
    package var messagesPerParty = 32

    /// Requests for counters of a client: so many at once, then one in each interval.
    package var statusBurst: Int64 = 5
    package var statusInterval: Interval = .seconds(5)

    /// What a request for something that is not there adds to the penalty of its source ...
    package var refusalPenalty: Interval = .seconds(10)
    /// ... and a message that makes no sense.
    package var malformedPenalty: Interval = .seconds(90)
    /// A source is kept away once it gathered this much ...
    package var penaltyThreshold: Interval = .seconds(15)
    /// ... and never longer than this.
    package var longestPenalty: Interval = .seconds(600)
    /// Sources, and keys, whose limits are remembered.
    package var rememberedSources = 65_536

    package init() {}
}

/// What a rendezvous server has done, for its owner and for STATUS.
package struct RendezvousCounters: Equatable, Sendable {
    package var clientsAccepted: UInt64 = 0
    package var clientsRefused: UInt64 = 0
    package var clientsDropped: UInt64 = 0
    package var messages: UInt64 = 0
    package var messagesUnknown: UInt64 = 0
    package var messagesMalformed: UInt64 = 0
    package var calls: UInt64 = 0
    package var callsAnswered: UInt64 = 0
    package var callsRefused: UInt64 = 0
    package var callsUnanswered: UInt64 = 0
    package var callsUnregistered: UInt64 = 0
    package var callsOverQuota: UInt64 = 0
    package var tokens: UInt64 = 0
    package var tokensExpired: UInt64 = 0
    package var tokensUnknown: UInt64 = 0
    package var channelsJoined: UInt64 = 0
    package var claims: UInt64 = 0
    package var claimsOverQuota: UInt64 = 0
    package var joins: UInt64 = 0
    package var joinsUnknown: UInt64 = 0
    package var codesCrowded: UInt64 = 0
    package var codesBurnt: UInt64 = 0
    package var codesExpired: UInt64 = 0

    package init() {}

    /// Names and values in the order in which they are shown.
    package var named: [(name: String, value: UInt64)] {
        [
            ("clients_accepted", clientsAccepted), ("clients_refused", clientsRefused),
            ("clients_dropped", clientsDropped), ("messages", messages),
            ("messages_unknown", messagesUnknown), ("messages_malformed", messagesMalformed),
            ("calls", calls), ("calls_answered", callsAnswered), ("calls_refused", callsRefused),
            ("calls_unanswered", callsUnanswered), ("calls_unregistered", callsUnregistered),
            ("calls_over_quota", callsOverQuota), ("tokens", tokens),
            ("tokens_expired", tokensExpired), ("tokens_unknown", tokensUnknown),
            ("channels_joined", channelsJoined), ("claims", claims),
            ("claims_over_quota", claimsOverQuota), ("joins", joins),
            ("joins_unknown", joinsUnknown), ("codes_crowded", codesCrowded),
            ("codes_burnt", codesBurnt), ("codes_expired", codesExpired),
        ]
    }
}
