import CTools
import Glibc

/// A system call that failed.
package struct SystemError: Error, CustomStringConvertible {
    package let call: String
    package let code: Int32

    package var description: String { "\(call): \(String(cString: strerror(code)))" }

    package init(call: String, code: Int32) {
        self.call = call
        self.code = code
    }

    /// Passes a result on; a negative one is an error, `-errno` or plain -1.
    @discardableResult
    package static func check(_ result: Int32, _ call: String) throws(SystemError) -> Int32 {
        let code = errno
        guard result < 0 else { return result }
        throw SystemError(call: call, code: result == -1 ? code : -result)
    }
}

/// Where a socket is, as text: `1.2.3.4:80`, `[::1]:80` or `/path`.
package struct SocketAddress {
    package var raw: tools_address

    package init(raw: tools_address) { self.raw = raw }

    /// - Throws: `UsageError` when the text is none of the three forms.
    package init(_ text: String) throws(UsageError) {
        var parsed = tools_address()
        guard tools_address_parse(text, &parsed) == 0 else {
            throw UsageError("\(text) is not ADDRESS:PORT, [ADDRESS]:PORT or /PATH")
        }
        raw = parsed
    }

    /// The address that a bound socket has.
    package init(of socket: Int32) throws(SystemError) {
        var local = tools_address()
        try SystemError.check(tools_local_address(socket, &local), "getsockname")
        raw = local
    }
}

extension SocketAddress: CustomStringConvertible {
    package var description: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { text in
            guard let start = text.baseAddress else { return "" }
            withUnsafePointer(to: raw) { tools_address_format($0, start, 128) }
            return String(cString: start)
        }
    }
}

extension SocketAddress: Equatable {
    package static func == (left: SocketAddress, right: SocketAddress) -> Bool {
        withUnsafePointer(to: left.raw) { left in
            withUnsafePointer(to: right.raw) { right in tools_address_equal(left, right) == 1 }
        }
    }
}
