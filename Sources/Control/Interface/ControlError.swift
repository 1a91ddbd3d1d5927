/// Why a call at the control socket failed (docs/CONTROL.md, section 2).
package struct ControlError: Error, Equatable {
    /// One of JSON-RPC's codes, or the exit code that the same command would have.
    package let code: Int64
    /// `WHAT: WHY`
    package let message: String
    /// `what`, `why` and perhaps `hint`; nil if a foreign program did not send them.
    package let data: JSONValue?

    package init(code: Int64, message: String, data: JSONValue?) {
        self.code = code
        self.message = message
        self.data = data
    }

    package init(code: Int64, what: String, why: String, hint: String? = nil) {
        var data: [JSONValue.Member] = [("what", .string(what)), ("why", .string(why))]
        if let hint { data.append(("hint", .string(hint))) }
        self.init(code: code, message: "\(what): \(why)", data: .object(data))
    }

    package init(_ error: CommandError) {
        let isInternal = error.exitCode == .internalError
        self.init(
            code: isInternal ? Code.internalError : Int64(error.exitCode.rawValue),
            what: error.what, why: error.why, hint: error.hint)
    }

    /// What went wrong, without where.
    var why: String { data?["why"]?.stringValue ?? message }

    var hint: String? { data?["hint"]?.stringValue }

    /// What a command tells its user when it meets this.
    package var commandError: CommandError {
        let parts = message.split(separator: ": ", maxSplits: 1)
        let what = data?["what"]?.stringValue ?? (parts.count == 2 ? String(parts[0]) : "control")
        let why = data?["why"]?.stringValue ?? parts.last.map { String($0) } ?? "it failed"
        return CommandError(what, why, hint: data?["hint"]?.stringValue, exitCode)
    }

    private var exitCode: ExitCode {
        switch code {
        case 1...8: Int32(exactly: code).flatMap { ExitCode(rawValue: $0) } ?? .failure
        case Code.unknownMethod, Code.invalidParameters: .usage
        case Code.busy: .localError
        default: .internalError
        }
    }
}

/// The errors of the interface itself.
extension ControlError {
    /// Codes of JSON-RPC 2.0, section 5.1, and one of its range for servers.
    package enum Code {
        package static let notJSON: Int64 = -32_700
        package static let noRequest: Int64 = -32_600
        package static let unknownMethod: Int64 = -32_601
        package static let invalidParameters: Int64 = -32_602
        package static let internalError: Int64 = -32_603
        package static let busy: Int64 = -32_000
    }

    package static func notJSON(_ why: String) -> ControlError {
        ControlError(code: Code.notJSON, what: "request", why: why)
    }

    package static func noRequest(_ why: String) -> ControlError {
        ControlError(code: Code.noRequest, what: "request", why: why)
    }

    /// - Parameter nearest: the method that was probably meant.
    package static func unknownMethod(_ name: String, nearest: String?) -> ControlError {
        ControlError(
            code: Code.unknownMethod, what: "method '\(name)'", why: "there is none of this name",
            hint: nearest.map { "did you mean '\($0)'?" })
    }

    package static func invalidParameters(_ why: String, hint: String? = nil) -> ControlError {
        ControlError(code: Code.invalidParameters, what: "params", why: why, hint: hint)
    }

    package static func internalError(_ why: String) -> ControlError {
        ControlError(code: Code.internalError, what: "control", why: why)
    }

    package static let busy = ControlError(
        code: Code.busy, what: "busy", why: "\(ControlLimits.clients) clients are connected")

    static let tooManyCalls = ControlError(
        code: Code.busy, what: "busy",
        why: "\(ControlLimits.calls) calls of this client wait for their answers")

    /// The node ended or closed the connection before it answered.
    package static let lost = ControlError(
        code: Int64(ExitCode.localError.rawValue), what: "control",
        why: "the connection to the node is gone")
}
