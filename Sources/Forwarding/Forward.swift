import SRMUDP

/// One forward that the user asked for. It outlives sessions.
package protocol Forward: AnyObject {
    /// What its flows are known by.
    var origin: ForwardOrigin { get }
    /// Uses `session` from now on; nil when there is none.
    func attach(_ session: ForwardingSession?)
    /// Ends the forward: nothing new enters. Flows are the session's business.
    func close()
    /// Its listeners as another program goes on with them; nil if it has none.
    /// - Throws: why it cannot go on there.
    func snapshot() throws(HandoverObstacle) -> ListenerSnapshot?
}

extension Forward {
    package func snapshot() throws(HandoverObstacle) -> ListenerSnapshot? {
        throw HandoverObstacle("a forward of this kind cannot go on (only -L and -D for TCP can)")
    }
}

extension LocalForward: Forward {}
