/// What `p2pfwd service` is to do.
package struct ServiceOptions: Equatable {
    package enum Action: String, CaseIterable, Sendable {
        case install
        case uninstall
        case print
        case status
    }

    package var action: Action
    package var scope: ServiceUnit.Scope
    package var role: ServiceUnit.Role
    /// The value of `--home`, from the root on; nil: the usual one.
    package var home: String?
    /// Those of the command that the service runs; checked.
    package var options: [String]
    /// Whether a unit of other content is overwritten.
    package var isForced: Bool
}
