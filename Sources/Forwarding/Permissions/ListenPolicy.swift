import SRMUDP

/// Decides where a peer may have us listen.
package protocol ListenPolicy: AnyObject {
    func judge(_ place: ListenRequest.Place) -> ListenJudgement
}

package enum ListenJudgement: Equatable {
    /// Listen here.
    case allowed(ListenRequest.Place)
    /// Why not, for the peer.
    case refused(String)
}
