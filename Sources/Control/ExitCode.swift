/// What the process tells its caller when it ends.
package enum ExitCode: Int32, CaseIterable, Sendable {
    case success = 0
    /// The command was understood and failed.
    case failure = 1
    /// Bad command line, configuration or state file.
    case usage = 2
    /// The peer is unknown, its key changed, or a ticket was refused.
    case peerRefused = 3
    /// The peer could not be reached.
    case notReachable = 4
    /// Refused by policy or by file permissions.
    case refused = 5
    /// A forward could not be set up.
    case forwardFailed = 6
    /// A direct path was demanded but is not to be had.
    case noDirectPath = 7
    /// A local file or system error.
    case localError = 8
    /// A mistake of the program.
    case internalError = 255
}

extension ExitCode {
    /// For help texts and the manual.
    var summary: String {
        switch self {
        case .success: "done"
        case .failure: "the command failed"
        case .usage: "bad command line or configuration"
        case .peerRefused: "peer or ticket refused"
        case .notReachable: "the peer cannot be reached"
        case .refused: "refused by policy or permissions"
        case .forwardFailed: "a forward could not be set up"
        case .noDirectPath: "no direct path, but one was demanded"
        case .localError: "local file or system error"
        case .internalError: "a mistake of the program"
        }
    }
}
