import Forwarding
import SRMUDP

/// How what no rule permits is decided.
package struct AskingOptions: Equatable {
    /// A person at this terminal.
    package var usesTerminal = false
    /// A program that is run for each question.
    package var command: String?
}

package struct PermitOptions: Equatable {
    package enum Change: Equatable {
        /// Print what the peer may do.
        case show(json: Bool)
        case add(PeerRights, lifetime: Lifetime?)
        /// Take all rights away.
        case none
    }

    package var peer: String
    package var change: Change
}

extension ServeOptions {
    /// What every peer may reach.
    package var policy: AccessPolicy {
        get { grants.open }
        set { grants.open = newValue }
    }
}
