internal import CSystem

/// A system call that failed, and why.
package struct SystemError: Error, Sendable {
    /// Name of the call, such as `bind`.
    package let call: StaticString
    /// The errno value, positive.
    package let code: Int32

    package init(_ call: StaticString, code: Int32) {
        self.call = call
        self.code = code
    }

    /// The system's words for `code`, such as "Address already in use".
    package var reason: String { String(cString: csystem_error_text(code)) }

    /// Somebody else listens at the address.
    package var isAddressInUse: Bool { code == ErrorNumber.addressInUse }

    /// The address, or its whole family, does not exist on this machine.
    package var isAddressMissing: Bool {
        code == ErrorNumber.addressNotAvailable || code == ErrorNumber.addressFamilyNotSupported
    }

    /// The process or the system has no open file left to give.
    package var isOutOfFiles: Bool {
        code == ErrorNumber.processFileLimit || code == ErrorNumber.systemFileLimit
    }

    /// Passes a result of the C shim on, where negative numbers are errno values.
    @discardableResult
    static func check(_ call: StaticString, _ result: Int32) throws(SystemError) -> Int32 {
        if result < 0 { throw SystemError(call, code: -result) }
        return result
    }
}

extension SystemError: Equatable {
    package static func == (left: SystemError, right: SystemError) -> Bool {
        left.code == right.code && left.call.description == right.call.description
    }
}

extension SystemError: CustomStringConvertible {
    package var description: String { "\(call): \(reason)" }
}
