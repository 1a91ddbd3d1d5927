import SRMUDP

/// A production endpoint on a simulated host, with an application on each of its connections and
/// an eye on every datagram that it sends.
package final class SimulatedEndpoint: SimulatedNode {
    package private(set) var endpoint: Endpoint
    package let application: FlowApplication
    /// The connection with the other side, once there is one.
    package private(set) var connection: Connection?
    package private(set) var closed: [ConnectionError] = []
    package private(set) var violations: [String] = []
    package private(set) var dataPacketsSent = 0
    package private(set) var datagramsSent = 0
    package private(set) var handoverCount = 0

    /// Connection ID and packet number of each data packet sent: with one key per connection ID and
    /// phase, a repetition would be a nonce used twice (I4).
    private var sealed: Set<[UInt8]> = []
    private var batch = TransmitBatch()

    private let heldLimit: Int

    package init(endpoint: Endpoint, application: FlowApplication, heldLimit: Int) {
        self.endpoint = endpoint
        self.heldLimit = heldLimit
        self.application = application
    }

    // MARK: what a schedule asks for

    package func dial(_ target: PeerTarget, now: Instant) {
        connection = endpoint.connect(to: target, now: now)
    }

    package func open(bytes: Int, ending: TestOperation.Ending) {
        withConnection { application.open(bytes: bytes, ending: ending, on: $0) }
    }

    package func write(bytes: Int, to stream: Int) {
        withConnection { application.write(bytes: bytes, to: stream, on: $0) }
    }

    package func finish(stream: Int) {
        withConnection { application.finish(stream: stream, on: $0) }
    }

    package func reset(stream: Int) {
        withConnection { application.reset(stream: stream, on: $0) }
    }

    package func stopReading(stream: Int) {
        withConnection { application.stopReading(stream: stream, on: $0) }
    }

    package func resumeReading(stream: Int) {
        withConnection { application.resumeReading(stream: stream, on: $0) }
    }

    package func updateKeys(now: Instant) { withConnection { $0.renewKeys(now: now) } }
    package func handshakeAgain(now: Instant) { withConnection { $0.renewHandshake(now: now) } }
    package func windUp() { withConnection { application.windUp(on: $0) } }
    package var isWoundUp: Bool { application.isWoundUp }

    /// The process is replaced by another one with `successor`, which goes on with the connection.
    /// - Returns: false if there is no connection that could go on.
    package func handOver(to successor: Endpoint, knowing target: PeerTarget, now: Instant) -> Bool
    {
        application.now = now
        drainEvents()
        guard let connection, endpoint.connections.count == 1,
            let bytes = snapshot(of: connection)
        else { return false }
        do {
            var reader = ByteReader(bytes.span.bytes)
            let snapshot = try ConnectionSnapshot(&reader)
            guard reader.isAtEnd,
                let restored = successor.restore(snapshot, target: target, now: now)
            else {
                violations.append("a connection could not be restored")
                return false
            }
            endpoint = successor
            self.connection = restored
            handoverCount += 1
        } catch {
            violations.append("a snapshot could not be read: \(error)")
        }
        return true
    }

    private func snapshot(of connection: Connection) -> [UInt8]? {
        guard let snapshot = endpoint.snapshot(of: connection) else { return nil }
        var writer = SnapshotWriter()
        snapshot.encode(into: &writer)
        return writer.bytes
    }

    /// What is more than it may ever be (I10); nil if nothing is.
    package func excess() -> String? {
        if endpoint.connections.count > 2 { return "\(endpoint.connections.count) connections" }
        guard let footprint = connection?.footprint else { return nil }
        let isBounded =
            footprint.generations <= 8 && footprint.paths <= 8 && footprint.knownAddresses <= 16
            && footprint.acknowledgementRanges <= 64 && footprint.queuedDatagrams <= 256
            && footprint.heldBytes <= heldLimit
        return isBounded ? nil : "\(footprint)"
    }

    /// The state in one line, for messages.
    package var summary: String {
        guard let connection else { return "no connection, \(endpoint.statistics)" }
        return "\(connection.state) silent \(connection.isSilent) \(connection.footprint)"
            + " \(connection.statistics) \(application.summary) \(connection.deadlines)"
    }

    private func withConnection(_ body: (Connection) -> Void) {
        if let connection { body(connection) }
    }

    // MARK: what the network asks for

    package var nextTimeout: Instant? {
        let next = endpoint.nextTimeout
        for connection in endpoint.connections {
            guard let deadline = connection.nextTimeout else { continue }
            precondition(
                next.map { $0 <= deadline } ?? false,
                "the endpoint forgot a deadline: \(connection.deadlines)")
        }
        return next
    }

    package func handleTimeout(now: Instant) {
        application.now = now
        endpoint.handleTimeout(now: now)
        drainEvents()
    }

    package func handleDatagram(_ datagram: SimulatedDatagram, now: Instant) {
        application.now = now
        var storage = ByteStorage(datagram.bytes)
        endpoint.handleDatagram(
            &storage, 0..<datagram.bytes.count, from: datagram.source, ecn: datagram.ecn, now: now)
        drainEvents()
    }

    package func transmit(now: Instant) -> [SimulatedDatagram] {
        var datagrams: [SimulatedDatagram] = []
        application.now = now
        repeat {
            drainEvents()
            let before = datagrams.count
            while endpoint.pollTransmit(into: &batch, now: now) { collect(into: &datagrams) }
            if datagrams.count == before { break }
        } while true
        return datagrams
    }

    private func collect(into datagrams: inout [SimulatedDatagram]) {
        if batch.length == 0 || batch.segmentSize == 0 {
            violations.append("an empty batch was handed out")
        }
        if batch.segmentCount > TransmitBatch.maximumSegments {
            violations.append("a batch has \(batch.segmentCount) segments")
        }
        var offset = 0
        while offset < batch.length {
            let end = min(offset + batch.segmentSize, batch.length)
            let bytes = batch.writer.storage.array(offset..<end)
            inspect(bytes)
            datagrams.append(
                SimulatedDatagram(
                    bytes: bytes, source: batch.destination, destination: batch.destination,
                    ecn: batch.ecn, hopLimit: batch.hopLimit))
            offset = end
        }
    }

    private func inspect(_ bytes: [UInt8]) {
        datagramsSent += 1
        guard bytes[0] & 0xfe == 0x80, bytes.count >= 29 else { return }
        dataPacketsSent += 1
        if !sealed.insert(Array(bytes[1..<13])).inserted {
            violations.append("a packet number was used twice for one connection ID")
        }
    }

    private func drainEvents() {
        while let event = endpoint.pollEvent() {
            switch event {
            case .accepted(let connection, _): self.connection = connection
            case .connection(let connection, let event):
                if case .closed(let error) = event, connection === self.connection {
                    closed.append(error)
                }
            case .stream(let connection, let event):
                if connection === self.connection { application.handle(event, on: connection) }
            }
        }
        if let connection { application.openPending(on: connection) }
    }
}
