import Forwarding
import SRMUDP

/// All that a node leaves to the program that its process becomes. The rest is in the home and on the
/// command line.
///
/// It never leaves the process: docs/SECURITY.md says what is in it.
package struct NodeSnapshot {
    /// A session with an established connection.
    package struct SessionEntry {
        package let connection: ConnectionSnapshot
        package let forwarding: SessionSnapshot
    }

    /// Of what is written here and below; another one is not read.
    static let version: UInt8 = 2
    private static let hostLimit = 1 << 24
    private static let mark = Array("p2pfwd handover".utf8)

    /// The number of the UDP socket.
    package let socket: Int32
    /// What whoever drives the node has to say to itself.
    package let host: [UInt8]
    package let sessions: [SessionEntry]
    package let listeners: [ListenerSnapshot]
    /// What went through each forward.
    package let origins: [ForwardOriginSnapshot]

    package init(
        socket: Int32, host: [UInt8] = [], sessions: [SessionEntry], listeners: [ListenerSnapshot],
        origins: [ForwardOriginSnapshot] = []
    ) {
        self.socket = socket
        self.host = host
        self.sessions = sessions
        self.listeners = listeners
        self.origins = origins
    }

    /// The files that stay open.
    package var descriptors: [Int32] {
        [socket] + sessions.flatMap(\.forwarding.descriptors)
            + listeners.flatMap(\.allDescriptors)
    }

    package func encode(into writer: inout SnapshotWriter) {
        writer.write(fixed: Self.mark)
        writer.write(Self.version)
        writer.write(UInt64(socket))
        writer.write(host)
        writer.write(sessions) {
            $1.connection.encode(into: &$0)
            $1.forwarding.encode(into: &$0)
        }
        writer.write(listeners) { $1.encode(into: &$0) }
        writer.write(origins) { $1.encode(into: &$0) }
    }

    /// - Throws: `invalidValue` for what another version wrote, or what cannot be.
    package init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = ByteReader(bytes.span.bytes)
        guard try reader.readArray(Self.mark.count) == Self.mark,
            try reader.readUInt8() == Self.version
        else { throw .invalidValue }
        socket = try reader.readDescriptor()
        host = try reader.readSizedArray(limit: Self.hostLimit)
        var sessions: [SessionEntry] = []
        for _ in 0..<(try reader.readCount(ofSize: 64)) {
            sessions.append(
                SessionEntry(
                    connection: try ConnectionSnapshot(&reader),
                    forwarding: try SessionSnapshot(&reader)))
        }
        self.sessions = sessions
        var listeners: [ListenerSnapshot] = []
        for _ in 0..<(try reader.readCount(ofSize: 25)) {
            listeners.append(try ListenerSnapshot(&reader))
        }
        self.listeners = listeners
        var origins: [ForwardOriginSnapshot] = []
        for _ in 0..<(try reader.readCount(ofSize: ForwardOriginSnapshot.leastLength)) {
            origins.append(try ForwardOriginSnapshot(&reader))
        }
        self.origins = origins
        guard reader.isAtEnd, Set(descriptors).count == descriptors.count else {
            throw .invalidValue
        }
    }
}
