internal import CSystem

/// The one owner of an open file, which it closes when it ends.
///
/// A descriptor that is registered with an `EventLoop` must be unregistered before its owner ends.
package struct FileDescriptor: ~Copyable, Sendable {
    package let number: Int32

    /// Takes over an open descriptor.
    package init(owning number: Int32) {
        self.number = number
    }

    init(_ call: StaticString, _ result: Int32) throws(SystemError) {
        number = try SystemError.check(call, result)
    }

    deinit { _ = csystem_close(number) }
}
