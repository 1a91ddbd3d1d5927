/// The answer to an INITIATION of a version that we do not know; shorter than what it answers.
///
///     VERSION
///      0  F6 | version | count | 00
///      4  initiator's connection ID
///     12  supported versions, one byte each
///
/// Nobody has authenticated it: it may shape an error message and nothing else.
package enum VersionMessage {
    static let headerLength = 12
    /// At least one version, and as many as the count can tell.
    static let lengths = headerLength + 1...headerLength + 255

    /// - Parameter initiation: at least 12 bytes.
    static func make(answering initiation: [UInt8]) -> [UInt8] {
        let versions = [HandshakeFormat.version]
        let header = [
            HandshakeFormat.Kind.version, HandshakeFormat.version, UInt8(versions.count), 0,
        ]
        return header + initiation[4..<12] + versions
    }

    /// The versions that the responder offers, or nil if the datagram is no answer to `initiator`.
    package static func open(_ datagram: [UInt8], initiator: ConnectionID) -> [UInt8]? {
        guard datagram.count > headerLength, datagram[0] == HandshakeFormat.Kind.version,
            datagram[3] == 0, datagram.count == headerLength + Int(datagram[2]),
            ConnectionID(bytes: datagram[4..<12]) == initiator
        else { return nil }
        return [UInt8](datagram[headerLength...])
    }
}
