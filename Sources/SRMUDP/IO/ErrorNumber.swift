internal import Glibc

/// The errno values that are told apart, as numbers of the one type that the shim uses.
package enum ErrorNumber {
    package static let again: Int32 = EAGAIN
    package static let inProgress: Int32 = EINPROGRESS
    package static let invalidArgument: Int32 = EINVAL
    package static let inputOutput: Int32 = EIO
    package static let messageSize: Int32 = EMSGSIZE
    package static let noBuffers: Int32 = ENOBUFS
    package static let noMemory: Int32 = ENOMEM
    package static let connectionRefused: Int32 = ECONNREFUSED
    package static let connectionReset: Int32 = ECONNRESET
    package static let connectionAborted: Int32 = ECONNABORTED
    package static let brokenPipe: Int32 = EPIPE
    package static let timedOut: Int32 = ETIMEDOUT
    package static let networkUnreachable: Int32 = ENETUNREACH
    package static let hostUnreachable: Int32 = EHOSTUNREACH
    package static let addressNotAvailable: Int32 = EADDRNOTAVAIL
    package static let addressInUse: Int32 = EADDRINUSE
    package static let addressFamilyNotSupported: Int32 = EAFNOSUPPORT
    package static let badDescriptor: Int32 = EBADF
    package static let noSuchFile: Int32 = ENOENT
    package static let notPermitted: Int32 = EPERM
    package static let accessDenied: Int32 = EACCES
    package static let processFileLimit: Int32 = EMFILE
    package static let systemFileLimit: Int32 = ENFILE
}
