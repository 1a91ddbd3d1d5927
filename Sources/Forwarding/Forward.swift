import SRMUDP

/// One forward that the user asked for. It outlives sessions.
package protocol Forward: AnyObject {
    /// What its flows are known by.
    var origin: ForwardOrigin { get }
    /// Uses `session` from now on; nil when there is none.
    func attach(_ session: ForwardingSession?)
    /// Ends the forward: nothing new enters. Flows are the session's business.
    func close()
}

extension LocalForward: Forward {}
