import SRMUDP

/// What a rendezvous server tells a client.
///
/// Type and fields, big-endian; `blob` is length 2 and bytes. What is not explained here stands at
/// the type of the field. On the stream a length goes before it (`MessageFraming`).
///
///     81 WELCOME    version 1 | instance 8 | observed address 18 (zeros: not known) |
///                   other port 2 (0: none) | flags 1 (bit 0: relays) | relay rate 4 (KiB/s, 0: none)
///     82 INCOMING   call 8 | caller key 32 | flags 1 (bit 0: wants a relay) |
///                   token 32 (zeros: no relay) | sealed candidates blob
///     83 CALLED     call 8 | status 1 | token 32 (zeros: none) | sealed candidates blob
///     84 ATTACHED   token 32 | channel 8 | joined 1 (whether the other side is there)
///     85 JOINED     channel 8
///     86 DETACHED   channel 8 | ending 1
///     87 CLAIMED    mailbox 8 | nameplate 4 | ttl 4 (seconds)
///     88 ENTERED    mailbox 8 | party 1 | blob
///     89 MESSAGE    mailbox 8 | party 1 (who wrote it: a joiner; 0: the issuer) | blob
///     8a CLOSED     mailbox 8 | ending 1
///     8b REFUSED    type 1 (of the request) | reference 8 | status 1
///     8c COUNTERS   blob (lines `name value`, UTF-8)
package enum ServerMessage: Equatable, Sendable {
    /// The answer to HELLO.
    case welcome(Welcome)
    /// A peer calls.
    case incoming(CallID, caller: PublicKey, wantsRelay: Bool, token: RelayToken?, sealed: [UInt8])
    /// How a call of ours ended.
    case called(CallID, RendezvousStatus, token: RelayToken?, sealed: [UInt8])
    /// Our side of the channel, through which nothing flows before both are there.
    case attached(RelayToken, RelayChannelID, isJoined: Bool)
    /// Both sides are there: datagrams flow.
    case joined(RelayChannelID)
    case detached(RelayChannelID, ChannelEnding)
    case claimed(MailboxID, Nameplate, ttl: UInt32)
    /// To the issuer: this party joined, and its first message. To the joiner: its mailbox (party 0,
    /// nothing).
    case entered(MailboxID, party: UInt8, [UInt8])
    case message(MailboxID, party: UInt8, [UInt8])
    case closed(MailboxID, MailboxEnding)
    /// A request that has no answer of its own failed. The reference is its call, channel, mailbox
    /// or nameplate, or the first eight bytes of its token; 0 where it has none.
    case refused(type: UInt8, reference: UInt64, RendezvousStatus)
    case counters(String)

    /// What a client learns first.
    package struct Welcome: Equatable, Sendable {
        /// A random number that the server's process chose when it started.
        package var instance: UInt64
        /// Where the client's datagrams come from, as far as the server can tell.
        package var observed: SocketAddress?
        /// A second UDP port of the server, for finding out how the NAT behaves.
        package var otherPort: UInt16?
        package var relays: Bool
        /// The limit of each channel in KiB a second; 0: none.
        package var relayRate: UInt32

        package init(
            instance: UInt64, observed: SocketAddress?, otherPort: UInt16?, relays: Bool,
            relayRate: UInt32
        ) {
            self.instance = instance
            self.observed = observed
            self.otherPort = otherPort
            self.relays = relays
            self.relayRate = relayRate
        }
    }

    package static let version: UInt8 = 1

    /// The first byte of a message.
    package enum Kind: UInt8, Sendable, CaseIterable {
        case welcome = 0x81
        case incoming = 0x82
        case called = 0x83
        case attached = 0x84
        case joined = 0x85
        case detached = 0x86
        case claimed = 0x87
        case entered = 0x88
        case message = 0x89
        case closed = 0x8a
        case refused = 0x8b
        case counters = 0x8c
    }

    package var kind: Kind {
        switch self {
        case .welcome: .welcome
        case .incoming: .incoming
        case .called: .called
        case .attached: .attached
        case .joined: .joined
        case .detached: .detached
        case .claimed: .claimed
        case .entered: .entered
        case .message: .message
        case .closed: .closed
        case .refused: .refused
        case .counters: .counters
        }
    }
}
