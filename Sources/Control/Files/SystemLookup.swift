internal import Glibc

/// What the system knows by name: variables, services, itself, the date.
package enum SystemLookup {
    /// An environment variable; nil if it is not set or no UTF-8.
    package static func variable(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        return String(validatingCString: value)
    }

    /// The port of a TCP service, from /etc/services.
    package static func servicePort(_ name: String) -> UInt16? {
        guard let service = getservbyname(name, "tcp") else { return nil }
        return UInt16(truncatingIfNeeded: service.pointee.s_port).byteSwapped
    }

    /// The host name up to its first dot; `node` if there is none that can name a peer.
    package static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "node" }
        let bytes = buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
        let name = String(decoding: bytes.prefix { $0 != UInt8(ascii: ".") }, as: UTF8.self)
        return Peer.isValid(name: name) ? name : "node"
    }

    package static func now() -> UnixTime { UnixTime(seconds: Int64(time(nil))) }
}
