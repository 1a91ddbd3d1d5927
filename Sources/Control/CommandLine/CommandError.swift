/// Why a command ends without success, as it is told to the user.
///
/// Printed as `p2pfwd: <what>: <why>`, and where there is one a second line `hint: <hint>`.
package struct CommandError: Error, Equatable {
    package let what: String
    package let why: String
    package let hint: String?
    package let exitCode: ExitCode

    package init(_ what: String, _ why: String, hint: String? = nil, _ exitCode: ExitCode) {
        self.what = what
        self.why = why
        self.hint = hint
        self.exitCode = exitCode
    }

    package init(_ what: String, _ error: FileError) {
        self.init(what, error.description, hint: error.hint, error.exitCode)
    }

    package init(_ what: String, _ error: PeerError) {
        self.init(what, error.description, hint: error.hint, error.exitCode)
    }

    /// A mistake in the command line.
    static func usage(_ what: String, _ why: String, hint: String? = nil) -> CommandError {
        CommandError(what, why, hint: hint, .usage)
    }
}

extension CommandError: CustomStringConvertible {
    /// The lines for standard error, without an end.
    package var description: String {
        "p2pfwd: \(what): \(why)" + (hint.map { "\nhint: \($0)" } ?? "")
    }
}
