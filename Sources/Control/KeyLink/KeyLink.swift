import SRMUDP

/// One key link: whole messages, ordered and reliable, to whoever holds the same key.
///
/// Made by `KeyLinkHub.open`. It dials for as long as it is there, and again whenever a connection
/// is lost. None of the closures is called from within a call of the link's or the hub's.
package final class KeyLink {
    /// What `queuedCount` may come to, in bytes; a single message may be longer.
    package static let queueLimit = 16 << 20
    /// `drained` is called when `queuedCount` falls below this.
    package static let lowMark = 256 << 10

    package private(set) var state: KeyLinkState = .waiting(nil)

    package var stateChanged: (KeyLinkState) -> Void = { _ in }
    package var received: (KeyLinkMessage) -> Void = { _ in }
    /// `queuedCount` was at `lowMark` or more and is less now.
    package var drained: () -> Void = {}
    /// Everything that was sent has been delivered at the other end.
    package var confirmed: () -> Void = {}

    init() {}

    /// Bytes of messages that have not left for the connection yet.
    package var queuedCount: Int { 0 }
    /// Messages that the other end has not confirmed, the queued ones included.
    package var unconfirmedCount: Int { 0 }
    /// Where the other end is, while there is a connection.
    package var remoteAddress: SocketAddress? { nil }
    package var roundTrip: Interval? { nil }

    /// Whether received messages are left where they are; the other end has to wait then.
    package var isPaused: Bool = false

    /// Sends a message; in other states than `established` it waits for that.
    package func send(_ message: KeyLinkMessage) throws(KeyLinkSendError) {}

    /// Ends the link at once; the other end is told. To have everything delivered, wait for
    /// `confirmed` before.
    package func close() {}
}
