import SRMUDP

/// Where flows come from: one forward, with what has gone through it in all sessions.
///
/// A forward hands its origin over with each flow that it begins, and the session keeps the books.
/// So flows can be told, and ended, by forward.
package final class ForwardOrigin {
    /// Flows that were connected so far.
    package private(set) var openedFlows = 0
    /// Flows that were not: refused at the other end, or dropped because they waited too long.
    package private(set) var refusedFlows = 0

    private var users: [StreamUserKey: any StreamUser] = [:]
    private var sentByEndedFlows: UInt64 = 0
    private var receivedByEndedFlows: UInt64 = 0

    package init() {}

    /// That of a forward which goes on in this program.
    package init(restoring snapshot: ForwardOriginSnapshot) {
        openedFlows = snapshot.openedFlows
        refusedFlows = snapshot.refusedFlows
        sentByEndedFlows = snapshot.sentBytes
        receivedByEndedFlows = snapshot.receivedBytes
    }

    /// What another program needs besides the flows that go on.
    ///
    /// - Parameter name: what tells it from the other forwards of the process.
    package func snapshot(named name: String) -> ForwardOriginSnapshot {
        ForwardOriginSnapshot(
            name: name, openedFlows: openedFlows, refusedFlows: refusedFlows,
            sentBytes: sentByEndedFlows, receivedBytes: receivedByEndedFlows)
    }

    /// Flows of now; those that wait for the other end's answer count.
    package var openFlows: Int { users.count }

    /// Bytes that went into streams from this side, those of open flows with them.
    package var sentBytes: UInt64 {
        users.values.reduce(sentByEndedFlows) { $0 &+ $1.uploadedBytes }
    }

    /// Bytes that came out of streams on this side.
    package var receivedBytes: UInt64 {
        users.values.reduce(receivedByEndedFlows) { $0 &+ $1.downloadedBytes }
    }

    // MARK: For the session

    func began(_ user: any StreamUser) {
        users[StreamUserKey(user)] = user
        if user.isConnected { openedFlows += 1 }
    }

    /// A flow of the program before goes on, and was counted there.
    func continues(_ user: any StreamUser) { users[StreamUserKey(user)] = user }

    /// The other end has answered a flow of ours.
    func answered(_ reply: OpenReply) {
        if reply.status == .connected { openedFlows += 1 } else { refused(1) }
    }

    /// So many flows came to nothing.
    func refused(_ count: Int) { refusedFlows += count }

    func ended(_ user: any StreamUser) {
        guard users.removeValue(forKey: StreamUserKey(user)) != nil else { return }
        sentByEndedFlows &+= user.uploadedBytes
        receivedByEndedFlows &+= user.downloadedBytes
    }
}

/// A user as itself: the same stream ID may stand for another one in the next session.
private struct StreamUserKey: Hashable {
    private let identifier: ObjectIdentifier

    init(_ user: any StreamUser) { identifier = ObjectIdentifier(user) }
}
