import TestSupport

@testable import SRMUDP

/// Two endpoints joined by a wire that takes 10 ms and loses nothing unless told to.
final class Wire {
    struct Datagram {
        var arrival: Instant
        var receiver: Int
        /// Where it seems to come from.
        var source: SocketAddress
        var destination: SocketAddress
        var bytes: [UInt8]
        var ecn: UInt8

        var isData: Bool { bytes.first.map { $0 & 0xfe == DatagramKind.data } ?? false }
    }

    static let delay: Interval = .milliseconds(10)
    static let addresses = [SocketAddress("10.0.0.1:1000"), SocketAddress("10.0.0.2:2000")]
        .compactMap(\.self)

    let endpoints: [Endpoint]
    let keys: [X25519.KeyPair]
    let secret: SecretBytes
    let random: SeededRandomSource
    var now = Instant(nanoseconds: 1_000_000_000)
    var inFlight: [Datagram] = []
    /// What left each side, in order, whatever became of it.
    var sent: [[Datagram]] = [[], []]
    /// Changes a datagram on its way, or loses it.
    var alter: (Datagram) -> Datagram? = { $0 }
    var received: [[UInt8]] = [[], []]
    var accepted: [Connection] = []
    var events: [[ConnectionEvent]] = [[], []]
    private var batch = TransmitBatch()

    /// - Parameter sharedKeys: what each side answers to.
    init(
        configuration: ConnectionConfiguration = ConnectionConfiguration(),
        sharedKeys: [[SecretBytes]] = [[], []], seed: UInt64 = 1
    ) {
        let random = SeededRandomSource(seed: seed)
        let keys = (0..<2).map { _ in X25519.KeyPair.generate(from: random) }
        let secret = SecretBytes([UInt8](repeating: 7, count: 32))
        self.random = random
        self.keys = keys
        self.secret = secret
        let now = self.now
        endpoints = (0..<2).map { side in
            Endpoint(
                configuration: configuration, identity: keys[side], sharedKeys: sharedKeys[side],
                random: random, logger: .silent, now: now
            ) { peer, _ in peer == keys[1 - side].publicKey ? secret : nil }
        }
    }

    var addresses: [SocketAddress] { Self.addresses }

    func dial(from side: Int) -> Connection {
        endpoints[side].connect(
            to: PeerTarget(
                publicKey: keys[1 - side].publicKey, preSharedKey: secret,
                addresses: [addresses[1 - side]]), now: now)
    }

    func dial(from side: Int, sharedKey: SecretBytes) -> Connection {
        endpoints[side].connect(
            to: PeerTarget(sharedKey: sharedKey, addresses: [addresses[1 - side]]), now: now)
    }

    /// Both sides of a connection that side 0 dialled; nil if there is none.
    func connect() -> (Connection, Connection)? {
        let connection = dial(from: 0)
        let isMet = run { connection.isEstablished && accepted.last?.isEstablished == true }
        guard isMet, let peer = accepted.last else { return nil }
        return (connection, peer)
    }

    /// Hands events up and puts what is to be sent on the wire.
    func flush() {
        for side in 0..<2 {
            drainEvents(side)
            while endpoints[side].pollTransmit(into: &batch, now: now) { collect(from: side) }
        }
    }

    private func collect(from side: Int) {
        var start = 0
        while start < batch.length {
            let end = min(start + batch.segmentSize, batch.length)
            let datagram = Datagram(
                arrival: now + Self.delay, receiver: 1 - side, source: addresses[side],
                destination: batch.destination, bytes: batch.writer.storage.array(start..<end),
                ecn: batch.ecn)
            sent[side].append(datagram)
            // What goes to an address where nobody is, is lost.
            if batch.destination == addresses[1 - side], let altered = alter(datagram) {
                let later = inFlight.firstIndex { $0.arrival > altered.arrival }
                inFlight.insert(altered, at: later ?? inFlight.endIndex)
            }
            start = end
        }
    }

    private func drainEvents(_ side: Int) {
        while let event = endpoints[side].pollEvent() {
            switch event {
            case .accepted(let connection, _): accepted.append(connection)
            case .connection(_, let event): events[side].append(event)
            case .stream(let connection, .readable(let id)): read(id, of: connection, side)
            case .stream: break
            }
        }
    }

    private func read(_ id: StreamID, of connection: Connection, _ side: Int) {
        connection.withStreams { streams in
            while streams.readable(id) > 0 {
                let bytes: [UInt8] = streams.withReadableBytes(id) { span in
                    span.withUnsafeBytes { [UInt8]($0) }
                }
                received[side] += bytes
                streams.consume(id, bytes.count, now: now)
            }
        }
    }

    /// Opens a stream, writes and waits until `receiver` has got as many bytes more.
    /// - Returns: whether it did.
    func send(_ bytes: [UInt8], on connection: Connection, to receiver: Int) -> Bool {
        flush()
        guard let id = connection.openStream() else { return false }
        let goal = received[receiver].count + bytes.count
        var written = 0
        return run {
            written += connection.withStreams { streams in
                streams.write(id, bytes.span.bytes.extracting(written..<bytes.count))
            }
            return received[receiver].count == goal
        }
    }

    /// Gives a datagram to one side at once. Its answers leave with the next `flush`.
    func inject(_ bytes: [UInt8], into side: Int, from source: SocketAddress? = nil) {
        var storage = ByteStorage(bytes)
        endpoints[side].handleDatagram(
            &storage, 0..<bytes.count, from: source ?? addresses[1 - side], ecn: 0, now: now)
    }

    /// What a side sends in answer to one datagram, in bytes.
    func answer(of side: Int, to bytes: [UInt8], from source: SocketAddress? = nil) -> [[UInt8]] {
        flush()
        let known = sent[side].count
        inject(bytes, into: side, from: source)
        flush()
        return sent[side][known...].map(\.bytes)
    }

    /// Lets time pass until `condition` holds; false if it does not within `limit`.
    @discardableResult
    func run(for limit: Interval = .seconds(60), until condition: () -> Bool = { false }) -> Bool {
        let end = now + limit
        flush()
        while !condition() {
            var next = inFlight.first?.arrival ?? .distantFuture
            for endpoint in endpoints { next = min(next, endpoint.nextTimeout ?? .distantFuture) }
            guard next < end else {
                now = end
                return false
            }
            now = max(now, next)
            while let first = inFlight.first, first.arrival <= now { deliver(first) }
            for endpoint in endpoints { endpoint.handleTimeout(now: now) }
            flush()
        }
        return true
    }

    private func deliver(_ datagram: Datagram) {
        inFlight.removeFirst()
        var storage = ByteStorage(datagram.bytes)
        endpoints[datagram.receiver].handleDatagram(
            &storage, 0..<datagram.bytes.count, from: datagram.source, ecn: datagram.ecn, now: now)
    }
}
