import SRMUDP

/// What went through a forward, as another program goes on counting.
package struct ForwardOriginSnapshot: Equatable {
    static let longestName = 256

    /// By which that program finds the forward, which it makes anew.
    package let name: String
    let openedFlows: Int
    let refusedFlows: Int
    /// Of flows that have ended; those that go on bring their own numbers along.
    let sentBytes: UInt64
    let receivedBytes: UInt64
}

extension ForwardOriginSnapshot {
    /// The least number of bytes that one takes.
    package static let leastLength = 5 * 8

    package func encode(into writer: inout SnapshotWriter) {
        writer.write(name)
        writer.write(UInt64(openedFlows))
        writer.write(UInt64(refusedFlows))
        writer.write(sentBytes)
        writer.write(receivedBytes)
    }

    package init(_ reader: inout ByteReader) throws(WireError) {
        name = try reader.readText(limit: Self.longestName)
        openedFlows = Int(try reader.readOffset())
        refusedFlows = Int(try reader.readOffset())
        sentBytes = try reader.readUInt64()
        receivedBytes = try reader.readUInt64()
    }
}
