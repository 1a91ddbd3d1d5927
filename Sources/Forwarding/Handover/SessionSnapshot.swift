import SRMUDP

/// All flows over one carrier as they go on in another program, and the streams of the peer that have
/// none yet.
///
/// A connect that is under way is begun anew there: nothing has been said over it.
package struct SessionSnapshot: Equatable {
    /// A stream of the peer's that has no flow.
    struct Waiting: Equatable {
        let stream: StreamID
        /// What was read of the request, perhaps all of it; nil for one that was refused.
        let request: [UInt8]?
    }

    package let flows: [FlowSnapshot]
    let waiting: [Waiting]

    /// The sockets that stay open.
    package var descriptors: [Int32] { flows.compactMap { $0.socket?.descriptor } }
}

extension SessionSnapshot {
    /// A request may bring the users of a proxy along.
    private static let longestRequest = 1 << 17

    package func encode(into writer: inout SnapshotWriter) {
        writer.write(flows) { $1.encode(into: &$0) }
        writer.write(waiting) { writer, entry in
            writer.write(entry.stream.value)
            writer.write([entry.request].compactMap(\.self)) { $0.write($1) }
        }
    }

    package init(_ reader: inout ByteReader) throws(WireError) {
        var flows: [FlowSnapshot] = []
        for _ in 0..<(try reader.readCount(ofSize: FlowSnapshot.leastLength)) {
            flows.append(try FlowSnapshot(&reader))
        }
        var waiting: [Waiting] = []
        for _ in 0..<(try reader.readCount(ofSize: 16)) {
            let stream = StreamID(try reader.readOffset())
            let hasRequest = try reader.readCount(ofSize: 8, limit: 1) == 1
            let request =
                hasRequest ? try reader.readSizedArray(limit: Self.longestRequest) : nil
            waiting.append(Waiting(stream: stream, request: request))
        }
        let streams = flows.map(\.stream) + waiting.map(\.stream)
        guard Set(streams).count == streams.count else { throw .invalidValue }
        self.flows = flows
        self.waiting = waiting
    }
}
