import SRMUDP

/// A call that was not answered yet, as its callee names it: it knows no two of one number.
struct CallKey: Hashable {
    let call: CallID
    let callee: PublicKey
}

/// What a caller asks for.
struct CallRequest {
    let call: CallID
    let callee: PublicKey
    let wantsRelay: Bool
    let sealed: [UInt8]
}

/// A call on its way.
///
/// The newest process of the callee is asked first. If it does not answer soon, it may have been
/// killed without anybody knowing, so the next one is asked as well; whoever accepts first has the
/// call, and it is refused only when all who were asked refused.
struct PendingCall {
    let request: CallRequest
    let caller: RendezvousServer.ClientID
    let callerKey: PublicKey
    /// Permits both sides to attach; nil: no relay.
    let token: RelayToken?
    /// Asked, and silent so far.
    var ringing: [RendezvousServer.ClientID] = []
    /// Not asked yet.
    var fallbacks: [RendezvousServer.ClientID]
    /// When the next fall-back is asked; nil if there is none.
    var nextRing: Instant?
    /// When it counts as not answered.
    let deadline: Instant

    /// Whether this client was asked, or may still be.
    func involves(_ client: RendezvousServer.ClientID) -> Bool {
        ringing.contains(client) || fallbacks.contains(client)
    }

    var key: CallKey { CallKey(call: request.call, callee: request.callee) }
}
