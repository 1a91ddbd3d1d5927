import Forwarding
import SRMUDP

/// A key link that is wanted.
package struct KeyLinkRequest {
    /// Where the other end is; nil: it calls us, from anywhere.
    package var remote: HostPort?
    package var key: KeyLinkKey

    package init(remote: HostPort?, key: KeyLinkKey) {
        self.remote = remote
        self.key = key
    }
}

/// Why a key link was not opened.
package enum KeyLinkError: Error, Equatable {
    /// There is a link with this key, to another remote end.
    case keyInUse
    /// As many links as there may be are open.
    case tooManyLinks(limit: Int)
    /// So many passwords wait to be turned into keys that this one would wait too long.
    case busy
    /// The hub was closed.
    case closed
}

extension KeyLinkError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .keyInUse: "another link uses this key, to another remote end"
        case .tooManyLinks(let limit): "\(limit) links are open; there may not be more"
        case .busy: "too many passwords wait to be turned into keys; try again"
        case .closed: "no new links: the program is ending"
        }
    }
}
